/** What the pictures of errors and the tables of gains are drawn from. */
import type { Comparison, Load, SharedArea, Share } from './types'

export interface Bar {
  x: number
  width: number
  height: number
  label: string
}

/** Bars of a histogram in a box of `width` by `height`, the highest as high as the box. */
export function barsOf({ edges, counts }: Comparison['histogram'], width: number, height: number): Bar[] {
  const most = Math.max(...counts, 1)
  const step = width / counts.length
  return counts.map((count, place) => ({
    x: place * step,
    width: Math.max(step - 1, 0.5),
    height: (height * count) / most,
    label: `${edges[place]} – ${edges[place + 1]} dB：${count}`,
  }))
}

/** Range of levels that holds all pairs, whole tens of dBm; a usual one where there are none. */
export function rangeOf(pairs: [number, number][]): [number, number] {
  const all = pairs.flat()
  if (!all.length) return [-120, -60]
  const low = all.reduce((one, other) => Math.min(one, other))
  const high = all.reduce((one, other) => Math.max(one, other))
  return [Math.floor(low / 10) * 10, Math.max(Math.ceil(high / 10) * 10, Math.floor(low / 10) * 10 + 10)]
}

/** Gains of one operator by district, greatest first; places without anything to cover come last. */
export function gainsOf(
  areas: SharedArea[],
  operator: number,
  share: Share,
): { area: SharedArea; gain: number | null }[] {
  const rows = areas.map((area) => ({
    area,
    gain: area.operators.find((one) => one.operator_id === operator)?.gain[share] ?? null,
  }))
  return rows.sort((one, other) => (other.gain ?? -1) - (one.gain ?? -1))
}

/** Districts with cells, those with most overloaded first. */
export function busiest<T extends Load>(rows: T[]): T[] {
  return rows
    .filter((one) => one.cells > 0)
    .sort((one, other) => other.overloaded - one.overloaded || (other.mean_load ?? 0) - (one.mean_load ?? 0))
}
