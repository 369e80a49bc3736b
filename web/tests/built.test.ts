import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import stored from '../bundle-sizes.json'
// @ts-expect-error a plain script without types
import { measure } from '../sizes.mjs'

const page = '../src/qipan/api/page'
const isBuilt = existsSync(join(page, 'index.html'))
if (!isBuilt && process.env.CI === 'true') throw new Error('the page is not built: run npm run build first')

describe.skipIf(!isBuilt)('the built page', () => {
  const assets = isBuilt ? readdirSync(join(page, 'assets')) : []
  const read = (file: string): string => readFileSync(join(page, 'assets', file), 'utf8')
  const index = isBuilt ? readFileSync(join(page, 'index.html'), 'utf8') : ''

  it('is no larger than the stored sizes allow', () => {
    const now = measure() as Record<string, number>
    const allowed = stored as Record<string, number>
    expect(Object.keys(now).sort()).toEqual(Object.keys(allowed).sort())
    const grown = Object.entries(now).filter(([name, size]) => size > (allowed[name] ?? 0) * 1.05 + 300)
    expect(grown, 'if the growth is wanted: npm run sizes').toEqual([])
  })

  it('loads nothing from elsewhere', () => {
    expect(index).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    for (const file of assets.filter((name) => name.endsWith('.css'))) {
      expect(read(file), file).not.toMatch(/(?:url\(|@import)\s*["']?(?:https?:)?\/\//)
    }
    for (const file of assets.filter((name) => name.endsWith('.js'))) {
      expect(read(file), file).not.toMatch(
        /(?:fetch|import|importScripts)\(\s*["'`](?:https?:)?\/\/|\.src\s*=\s*["'`](?:https?:)?\/\//,
      )
    }
  })

  it('has no script in its markup, as the content policy asks', () => {
    expect(index).not.toMatch(/<script(?![^>]*\bsrc=)/)
    expect(index).not.toMatch(/\son\w+=/)
  })

  it('brings the worker of the map as a file of its own', () => {
    expect(assets.some((name) => name.startsWith('maplibre-gl-worker'))).toBe(true)
  })

  it('keeps the map and the charts out of the first visit', () => {
    expect(index).not.toContain('maplibre')
    expect(index).not.toContain('echarts')
  })
})
