import { describe, expect, it } from 'vitest'
import type { Area, Metric } from '../src/api/types'
import { choicesOf, formatArea, layersOf, legendRows, shareRows, venueRows } from '../src/coverage/logic'
import { drawPath, steps } from '../src/coverage/path'
import type { AreaShare, Layer, PathAnswer } from '../src/coverage/types'

const text = (zh: string) => ({ zh, en: zh })
const metric = (classes: [number, string, string?][]): Metric => ({
  key: 'one',
  name: text('一'),
  description: text('一'),
  unit: 'dBm',
  precision: 0,
  in_turn: false,
  classes: classes.map(([least, colour, name]) => ({ least, colour, name: name ? text(name) : null })),
})
const layer = (number: number, operator_id: number, band: string): Layer => ({
  number,
  operator_id,
  operator: `o${operator_id}`,
  band,
  frequency: 3500,
  cells: 1,
})
const area = (id: number, level: string, parent_id: number | null): Area => ({
  id,
  code: String(440300 + id),
  name: `a${id}`,
  level,
  parent_id,
})
const share = (area_id: number, operator_id: number | null, outdoor_area: number): AreaShare => ({
  area_id,
  operator_id,
  outdoor_area,
  indoor_area: null,
  population: null,
  population_indoor: null,
  sinr_area: null,
})

describe('legend', () => {
  it('names the ranges of a level from the best to the worst', () => {
    const rows = legendRows(
      metric([
        [-125, '#a'],
        [-105, '#b'],
        [-85, '#c'],
      ]),
      'zh',
      (one) => one?.zh ?? '',
    )
    expect(rows.map((row) => row.label)).toEqual(['≥ −85', '−105 – −85', '< −105'])
  })
  it('names counts by their number and classes by their name', () => {
    const counts = metric([
      [1, '#a'],
      [2, '#b'],
      [3, '#c'],
    ])
    expect(legendRows(counts, 'zh', () => '').map((row) => row.label)).toEqual(['≥ 3', '2', '1'])
    const named = legendRows(metric([[0.5, '#a', '弱']]), 'zh', (one) => one?.zh ?? '')
    expect(named.map((row) => row.label)).toEqual(['弱'])
  })
})

describe('layers', () => {
  const layers = [layer(0, 1, '700M'), layer(1, 1, '2.6G'), layer(2, 2, '3.5G')]
  it('are those of the operator and the band', () => {
    expect(layersOf(layers, null, '').map((one) => one.number)).toEqual([0, 1, 2])
    expect(layersOf(layers, 1, '').map((one) => one.number)).toEqual([0, 1])
    expect(layersOf(layers, 1, '3.5G')).toEqual([])
  })
  it('offer each operator and band once', () => {
    const { operators, bands } = choicesOf(layers)
    expect(operators.map((one) => one.id)).toEqual([1, 2])
    expect(bands).toEqual(['700M', '2.6G', '3.5G'])
  })
})

describe('shares', () => {
  const areas = new Map(
    [area(1, 'city', null), area(2, 'district', 1), area(3, 'subdistrict', 2)].map((one) => [one.id, one]),
  )
  const shown = [share(1, null, 0.9), share(2, null, 0.8), share(2, 7, 0.5), share(3, null, 0.7), share(99, null, 0.1)]
  it('stand by area, parts only once unfolded', () => {
    expect(shareRows(shown, areas, 'outdoor_area', new Set()).map((row) => row.area.id)).toEqual([1, 2])
    expect(shareRows(shown, areas, 'outdoor_area', new Set([2])).map((row) => row.area.id)).toEqual([1, 2, 3])
  })
  it('have a value for each operator and for all together', () => {
    const district = shareRows(shown, areas, 'outdoor_area', new Set())[1]
    expect([district?.values.get(null), district?.values.get(7), district?.values.get(8)]).toEqual([
      0.8,
      0.5,
      undefined,
    ])
  })
  it('list venues from the worst', () => {
    const venues = [
      { class: 'mall', operator_id: null, count: 4, covered: 4 },
      { class: 'park', operator_id: null, count: 4, covered: 1 },
      { class: 'park', operator_id: 7, count: 4, covered: 0 },
    ]
    expect(venueRows(venues, null).map((one) => one.class)).toEqual(['park', 'mall'])
  })
  it('write small ground in square metres', () => {
    expect([formatArea(0, 'zh'), formatArea(0.0018, 'zh'), formatArea(0.0962, 'zh'), formatArea(12.345, 'zh')]).toEqual(
      ['0 km²', '1,800 m²', '0.096 km²', '12.35 km²'],
    )
  })
})

describe('a path', () => {
  const path: PathAnswer = {
    code: 'c',
    name: 'n',
    mast: [114, 22],
    distance: 100,
    frequency: 3.5,
    level: -80,
    loss: 100,
    loss_exact: 100,
    line_of_sight: false,
    fresnel_clear: false,
    points: {
      distance: [0, 50, 100],
      terrain: [10, 10, 10],
      surface: [10, 40, 10],
      sight: [40, 26, 12],
      fresnel: [0, 3, 0],
    },
    obstacles: [{ distance: 50, height: 40, above: 14 }],
  }
  const drawn = drawPath(path, { width: 200, height: 100, left: 20, right: 20, top: 10, bottom: 10 })
  it('runs from the left edge to the right one and keeps heights apart', () => {
    expect([drawn.mast.x, drawn.receiver.x]).toEqual([20, 180])
    expect(drawn.mast.y).toBeLessThan(drawn.receiver.y)
    expect(drawn.receiver.y).toBeLessThan(drawn.receiver.foot)
  })
  it('draws a building as a block and its obstacle on top of it', () => {
    expect(drawn.buildings).toMatch(/^M60 90V[\d.]+H140V90Z$/)
    expect(drawn.obstacles).toHaveLength(1)
    expect(drawn.obstacles[0]?.y).toBeLessThan(drawn.obstacles[0]?.base ?? 0)
  })
  it('finds the place under the pointer', () => {
    expect([drawn.indexAt(0), drawn.indexAt(95), drawn.indexAt(999)]).toEqual([0, 1, 2])
  })
  it('has round steps', () => {
    expect(steps(0, 100, 4)).toEqual([0, 50, 100])
    expect(steps(-3, 27, 4)).toEqual([0, 10, 20])
  })
})
