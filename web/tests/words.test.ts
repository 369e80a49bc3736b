import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import en from '../src/i18n/en.json'
import zh from '../src/i18n/zh.json'

type Words = { [key: string]: string | Words }

function flat(words: Words, before = ''): Map<string, string> {
  return new Map(
    Object.entries(words).flatMap(([key, value]) =>
      typeof value === 'string' ? [[before + key, value] as const] : [...flat(value, `${before}${key}.`)],
    ),
  )
}
const chinese = flat(zh)
const english = flat(en)
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(vue|ts)$/.test(path))
  .map((path) => readFileSync(join('src', path), 'utf8'))
  .join('\n')

describe('words', () => {
  it('has the same keys in both languages', () =>
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort()))

  it('has the same places to fill in both languages', () => {
    const places = (text = ''): string[] => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort()
    for (const [key, text] of chinese) expect(places(english.get(key)), key).toEqual(places(text))
  })

  it('says nothing empty', () => {
    for (const [key, text] of [...chinese, ...english]) expect(text.trim(), key).not.toBe('')
  })

  it('knows every key that the page asks for', () => {
    const asked = [...sources.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => key as string)
    expect(asked.filter((key) => !chinese.has(key))).toEqual([])
  })

  it('keeps no word that the page does not ask for', () => {
    const groups = [...sources.matchAll(/`([\w.]+)\.\w*\$\{/g)].map(([, group]) => group)
    const unused = [...chinese.keys()].filter(
      (key) => !sources.includes(`'${key}'`) && !groups.some((group) => key.startsWith(`${group}.`)),
    )
    expect(unused).toEqual([])
  })
})
