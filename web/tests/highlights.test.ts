import { describe, expect, it } from 'vitest'
import { charactersOf, nextMark, offsetsOf, paragraphsOf, runsOf } from '../src/logic/highlights'

const text = '到2025年，累计建成5G基站6万个。\n\n各区负责。'

describe('runs', () => {
  it('cuts overlapping marks into runs, the shortest mark first', () => {
    const marks = [
      { id: 'task', start: 0, end: 20 },
      { id: 'target', start: 7, end: 18 },
      { id: 'inner', start: 11, end: 18 },
    ]
    const runs = runsOf(text, 0, 20, marks)
    expect(runs.map((run) => run.text).join('')).toBe(text.slice(0, 20))
    expect(runs.map((run) => run.marks)).toEqual([['task'], ['target', 'task'], ['inner', 'target', 'task'], ['task']])
  })

  it('keeps marks that cross without one holding the other', () => {
    const runs = runsOf('abcdef', 0, 6, [
      { id: 'one', start: 0, end: 4 },
      { id: 'two', start: 2, end: 6 },
    ])
    expect(runs.map((run) => [run.text, run.marks])).toEqual([
      ['ab', ['one']],
      ['cd', ['one', 'two']],
      ['ef', ['two']],
    ])
  })

  it('leaves out empty marks and those elsewhere', () => {
    expect(
      runsOf('abc', 0, 3, [
        { id: 'empty', start: 1, end: 1 },
        { id: 'far', start: 9, end: 12 },
      ]),
    ).toHaveLength(1)
  })
})

describe('paragraphs', () => {
  it('keeps the offsets of the whole text and drops empty lines', () => {
    const paragraphs = paragraphsOf(text, [{ id: 'across', start: 15, end: text.length }])
    expect(paragraphs).toHaveLength(2)
    for (const { start, end, runs } of paragraphs) {
      expect(runs.map((run) => run.text).join('')).toBe(text.slice(start, end))
      expect(runs.at(-1)?.marks).toEqual(['across'])
    }
  })
})

describe('offsets', () => {
  it('counts rare characters once, as the server does', () => {
    const rare = '甲𠮷乙𠮷丙'
    const place = offsetsOf(rare)
    const characters = charactersOf(rare)
    ;[...rare].forEach((character, index) => {
      expect(rare.slice(place(index), place(index + 1))).toBe(character)
      expect(characters(place(index))).toBe(index)
    })
  })

  it('changes nothing in plain text', () => expect(offsetsOf(text)(7)).toBe(7))
})

it('goes from the shortest mark to the next longer one on each click', () => {
  expect(nextMark(['a', 'b'], null)).toBe('a')
  expect(nextMark(['a', 'b'], 'a')).toBe('b')
  expect(nextMark(['a', 'b'], 'b')).toBe('a')
  expect(nextMark([], 'a')).toBeNull()
})
