/** Sites of a plan as the map and the list narrow them. */
import type { PointsAnswer, SiteFeature } from './types'

export interface SiteFilter {
  year: number | null
  operator: number | null
  district: number | null
}

/** The sites that a filter leaves, in their order. */
export function narrowed(sites: PointsAnswer<SiteFeature>, where: SiteFilter): PointsAnswer<SiteFeature> {
  const fits = (one: SiteFeature): boolean =>
    (where.year === null || one.year === where.year) &&
    (where.operator === null || one.owner_id === where.operator) &&
    (where.district === null || one.district_id === where.district)
  return { ...sites, features: sites.features.filter((feature) => fits(feature.properties)) }
}

/** How many sites, and what they cost together. */
export function counted(sites: PointsAnswer<SiteFeature>): { sites: number; capital: number } {
  return { sites: sites.features.length, capital: sites.features.reduce((sum, one) => sum + one.properties.capital, 0) }
}

/** The parts of a candidate's key, `source:place:operator`; the last is missing where nobody in particular builds. */
export function candidateParts(key: string): { source: string; place: string; operator: number | null } {
  const [source = '', ...rest] = key.split(':')
  const last = rest.at(-1)
  const operator = rest.length > 1 && last !== undefined && /^\d+$/.test(last) ? Number(last) : null
  return { source, place: (operator === null ? rest : rest.slice(0, -1)).join(':'), operator }
}
