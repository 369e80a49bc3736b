import { describe, expect, it } from 'vitest'
import { barsOf, busiest, gainsOf, rangeOf } from '../src/network/figures'
import type { SharedArea, Shares } from '../src/network/types'

const shares = (population: number | null): Shares => ({ outdoor_area: null, population, population_indoor: null })
const area = (area_id: number, gain: number | null): SharedArea => ({
  area_id,
  name: `a${area_id}`,
  shared: shares(1),
  residents: 0,
  operators: [{ operator_id: 7, alone: shares(0), gain: shares(gain) }],
})
const load = (name: string, cells: number, overloaded: number, mean_load: number | null) => ({
  name, cells, overloaded, mean_load, demand: 0, excess: 0, carriers: 0, new_cells: 0,
}) // prettier-ignore

describe('histogram', () => {
  it('fills the box with its highest bar', () => {
    const bars = barsOf({ edges: [-2, 0, 2, 4], counts: [1, 4, 2] }, 30, 100)
    expect(bars.map((one) => one.height)).toEqual([25, 100, 50])
    expect(bars.map((one) => one.x)).toEqual([0, 10, 20])
    expect(bars[1]!.label).toContain('0 – 2 dB：4')
  })
  it('is flat where nothing was counted', () =>
    expect(barsOf({ edges: [0, 1], counts: [0] }, 10, 10)[0]!.height).toBe(0))
})

describe('range of levels', () => {
  it('holds all pairs between whole tens', () =>
    expect(
      rangeOf([
        [-101, -93],
        [-77.5, -70],
      ]),
    ).toEqual([-110, -70]))
  it('is never empty', () => {
    expect(rangeOf([])).toEqual([-120, -60])
    expect(rangeOf([[-90, -90]])).toEqual([-90, -80])
  })
})

describe('order', () => {
  it('puts the greatest gain first and what has none last', () => {
    const rows = gainsOf([area(1, 0.1), area(2, null), area(3, 0.3)], 7, 'population')
    expect(rows.map((one) => one.area.area_id)).toEqual([3, 1, 2])
  })
  it('puts the district with most overloaded cells first and leaves out those without cells', () => {
    const rows = busiest([load('a', 5, 1, 0.2), load('b', 0, 0, null), load('c', 5, 1, 0.4), load('d', 9, 3, 0.1)])
    expect(rows.map((one) => one.name)).toEqual(['d', 'c', 'a'])
  })
})
