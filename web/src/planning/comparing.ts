/** Which scenarios stand side by side, and which of them is best at what. */
import type { Comparison } from './types'

export const mostCompared = 4

/** Reads the ids of an address, `3,8`; what is no number, or comes twice, is left out. */
export function readIds(text: string): number[] {
  const ids = text
    .split(',')
    .filter((one) => /^\d+$/.test(one))
    .map(Number)
  return [...new Set(ids)].slice(0, mostCompared)
}

/** Takes an id into those that are compared, or out of them; a fifth is not taken in. */
export function toggled(ids: number[], id: number): number[] {
  if (ids.includes(id)) return ids.filter((one) => one !== id)
  return ids.length < mostCompared ? [...ids, id] : ids
}

/** The rows with the best of each marked; where all are alike, or it is no matter of better, none is. */
export function comparedRows(rows: Comparison['rows']): (Comparison['rows'][number] & { best: boolean[] })[] {
  return rows.map((row) => {
    const known = row.values.filter((one): one is number => one !== null)
    const differ = new Set(known).size > 1
    const best = row.better === 'more' ? Math.max(...known) : Math.min(...known)
    return { ...row, best: row.values.map((one) => differ && row.better !== null && one === best) }
  })
}
