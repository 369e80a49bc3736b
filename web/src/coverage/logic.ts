/** What the coverage page shows, worked out from what the server answers. */
import type { Area, Metric, Text } from '../api/types'
import { formatNumber, type Language } from '../logic/numbers'
import type { AreaShare, Layer, VenueCount } from './types'

export type Share = 'outdoor_area' | 'indoor_area' | 'population' | 'population_indoor' | 'sinr_area'
export const shares: Share[] = ['outdoor_area', 'indoor_area', 'population', 'population_indoor', 'sinr_area']

export interface LegendRow {
  colour: string
  label: string
}

/** The legend of a metric, best first: each class with its name or the range of its values. */
export function legendRows(metric: Metric, language: Language, name: (text: Text | null) => string): LegendRow[] {
  const rows = metric.classes.map((one, index) => {
    if (one.name) return { colour: one.colour, label: name(one.name) }
    const next = metric.classes[index + 1]
    const least = figure(one.least, language)
    if (!next) return { colour: one.colour, label: `≥ ${least}` }
    const lowest = index === 0 && (one.least < 0 || one.least < 0.01)
    return { colour: one.colour, label: lowest ? `< ${figure(next.least, language)}` : between(one.least, next.least) }
  })
  return rows.reverse()

  function between(from: number, to: number): string {
    return isCount(metric) ? figure(from, language) : `${figure(from, language)} – ${figure(to, language)}`
  }
}
const figure = (value: number, language: Language): string => formatNumber(value, language).replace('-', '−')

/** Whether a metric counts things by one, so that a class is a single number. */
function isCount(metric: Metric): boolean {
  return metric.classes.every((one, index) => index === 0 || one.least - metric.classes[index - 1]!.least === 1)
}

/** The layers that the chosen operator and band leave; a null operator stands for all of them together. */
export function layersOf(layers: Layer[], operator: number | null, band: string): Layer[] {
  return layers.filter((one) => (operator === null || one.operator_id === operator) && (!band || one.band === band))
}

/** The choices of operators and bands that a study offers, each once, in the order of its layers. */
export function choicesOf(layers: Layer[]): { operators: { id: number; name: string }[]; bands: string[] } {
  const operators = new Map<number, string>()
  for (const one of layers) if (one.operator_id !== null) operators.set(one.operator_id, one.operator)
  return {
    operators: [...operators].map(([id, name]) => ({ id, name })),
    bands: [...new Set(layers.map((one) => one.band))],
  }
}

export interface ShareRow {
  area: Area
  depth: number
  parts: boolean
  values: Map<number | null, number | null>
}

const levels = ['city', 'district', 'subdistrict', 'community']

/** One row for each area of the summary, the city first, parts below their district when it is unfolded. */
export function shareRows(
  shown: AreaShare[],
  areas: Map<number, Area>,
  share: Share,
  unfolded: ReadonlySet<number>,
): ShareRow[] {
  const values = new Map<number, Map<number | null, number | null>>()
  for (const one of shown) {
    const row = values.get(one.area_id) ?? new Map<number | null, number | null>()
    row.set(one.operator_id, one[share])
    values.set(one.area_id, row)
  }
  const known = [...values.keys()].map((id) => areas.get(id)).filter((one): one is Area => one !== undefined)
  known.sort((one, other) => one.code.localeCompare(other.code))
  const partsOf = (id: number): Area[] => known.filter((one) => one.parent_id === id)
  const rowOf = (area: Area): ShareRow => ({
    area,
    depth: Math.max(levels.indexOf(area.level), 0),
    parts: area.level === 'district' && partsOf(area.id).length > 0,
    values: values.get(area.id) ?? new Map(),
  })
  return known
    .filter((one) => one.level === 'city' || one.level === 'district')
    .flatMap((one) => [one, ...(unfolded.has(one.id) && one.level === 'district' ? partsOf(one.id) : [])])
    .map(rowOf)
}

/** Classes of venues with how many are covered, for one operator or all together, worst first. */
export function venueRows(venues: VenueCount[], operator: number | null): VenueCount[] {
  return venues
    .filter((one) => one.operator_id === operator && one.count > 0)
    .sort((one, other) => one.covered / one.count - other.covered / other.count)
}

/** Turns degrees by a step and keeps them within a circle. */
export const turned = (degrees: number): number => ((degrees % 360) + 360) % 360

/** Names an area of ground: m² below a hundredth of a km². */
export function formatArea(km2: number, language: Language): string {
  return km2 !== 0 && km2 < 0.01
    ? `${formatNumber(Math.round(km2 * 1e6), language, 0)} m²`
    : `${formatNumber(km2, language, km2 < 1 ? 3 : 2)} km²`
}
