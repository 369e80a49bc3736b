import { describe, expect, it } from 'vitest'
import { commandOf, isTyping, shownKeys, step } from '../src/logic/keys'

const element = (markup: string): HTMLElement => {
  document.body.innerHTML = markup
  return document.body.firstElementChild as HTMLElement
}

describe('keys', () => {
  it.each([
    ['j', 'next'],
    ['k', 'previous'],
    ['Enter', 'confirm'],
    ['x', 'dismiss'],
    ['e', 'edit'],
    ['a', 'add'],
    ['b', 'bind'],
    ['u', 'undo'],
    ['J', 'next'],
  ])('%s commands %s', (key, command) => expect(commandOf({ key })).toBe(command))

  it('shows a key for every command', () => {
    for (const [command, key] of shownKeys) expect(commandOf({ key })).toBe(command)
    expect(new Set(shownKeys.map(([command]) => command)).size).toBe(shownKeys.length)
  })

  it('leaves keys to fields, to control keys and to strangers', () => {
    expect(commandOf({ key: 'x', target: element('<input>') })).toBeNull()
    expect(commandOf({ key: 'x', target: element('<textarea></textarea>') })).toBeNull()
    expect(commandOf({ key: 'a', ctrlKey: true })).toBeNull()
    expect(commandOf({ key: 'a', metaKey: true })).toBeNull()
    expect(commandOf({ key: 'q' })).toBeNull()
    expect(commandOf({ key: 'constructor' })).toBeNull()
  })

  it('lets Enter press the button that has the focus', () => {
    const button = element('<button>确认</button>')
    expect(commandOf({ key: 'Enter', target: button })).toBeNull()
    expect(commandOf({ key: 'j', target: button })).toBe('next')
    expect(isTyping(button)).toBe(false)
    expect(commandOf({ key: 'Enter', target: element('<button aria-pressed="true">目标</button>') })).toBe('confirm')
  })
})

describe('steps', () => {
  it('begins at the first and stops at both ends', () => {
    expect(step(-1, 3, 'previous')).toBe(0)
    expect(step(0, 3, 'next')).toBe(1)
    expect(step(2, 3, 'next')).toBe(2)
    expect(step(0, 3, 'previous')).toBe(0)
    expect(step(-1, 0, 'next')).toBe(-1)
  })
})
