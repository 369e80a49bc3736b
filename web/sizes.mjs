/** Measures the built page: bytes after gzip of what a first visit loads and of each chunk. `--write` stores them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const built = join(import.meta.dirname, '../src/qipan/api/page')
const stored = join(import.meta.dirname, 'bundle-sizes.json')

const packed = (path) => gzipSync(readFileSync(path), { level: 9 }).length

/** Sizes by chunk name, and `first visit`: all that index.html names. */
export function measure() {
  const sizes = { 'first visit': 0 }
  const index = readFileSync(join(built, 'index.html'), 'utf8')
  for (const file of readdirSync(join(built, 'assets')).sort()) {
    const name = file.replace(/-[\w-]{8}\.(js|css)$/, '.$1')
    const size = packed(join(built, 'assets', file))
    sizes[name] = (sizes[name] ?? 0) + size
    if (index.includes(file)) sizes['first visit'] += size
  }
  return sizes
}

if (process.argv.includes('--write')) writeFileSync(stored, `${JSON.stringify(measure(), null, 2)}\n`)
