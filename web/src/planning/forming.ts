/** What a person fills in for a new plan, and the parameters that become of it: only what differs from the usual. */
import type { Placement } from '../api/types'
import type { Parameters } from './types'

export interface BuildForm {
  planId: number | null
  operators: number[]
  targetYear: number | null
  firstYear: number | null
  /** In 万元, one for each year; null for what the gap needs. */
  budgets: number[] | null
  sites: number | null
  sources: string[]
  importance: Record<string, number>
  spacing: number | null
  streetStep: number | null
  leastSites: Record<number, number | null>
  /** In per cent of a district's demand. */
  leastCovered: Record<number, number | null>
  coverageId: number | null
  threshold: number
  resold: number
  effort: string
}

export const usualThreshold = -105
export const usualResold = 5
const wan = 10_000

/** The form as it stands for a placement, filled from parameters that are there already. */
export function buildForm(placement: Placement, from: Parameters = {}): BuildForm {
  const layers = placement.layers.map((one): [string, number] => [
    one.key,
    from.importance?.[one.key] ?? one.importance,
  ])
  return {
    planId: from.plan_id ?? null,
    operators: [...(from.operator_ids ?? [])],
    targetYear: from.target_year ?? null,
    firstYear: from.first_year ?? null,
    budgets: from.budgets?.map((one) => one / wan) ?? null,
    sites: from.sites ?? null,
    sources: from.sources?.length ? [...from.sources] : placement.sources.map((one) => one.key),
    importance: Object.fromEntries(layers),
    spacing: from.spacing ?? placement.spacing,
    streetStep: from.street_step ?? placement.street_step,
    leastSites: Object.fromEntries((from.minimum_sites ?? []).map((one) => [one.area_id, one.sites])),
    leastCovered: Object.fromEntries((from.minimum_covered ?? []).map((one) => [one.area_id, one.share * 100])),
    coverageId: from.coverage_id ?? null,
    threshold: from.outdoor_threshold ?? usualThreshold,
    resold: (from.resold_share ?? usualResold / 100) * 100,
    effort: from.effort ?? 'standard',
  }
}

function given(values: Record<number, number | null>): [number, number][] {
  return Object.entries(values)
    .filter((one): one is [string, number] => one[1] !== null && one[1] !== undefined && one[1] > 0)
    .map(([id, value]) => [Number(id), value])
}

/** The parameters of a form; pins and moves of `from` stay, and so does whatever the form does not know. */
export function buildParameters(form: BuildForm, placement: Placement, from: Parameters = {}): Parameters {
  const weights = placement.layers.filter((one) => form.importance[one.key] !== one.importance)
  const all = form.sources.length === 0 || form.sources.length === placement.sources.length
  const wanted: Parameters = {
    plan_id: form.planId,
    operator_ids: form.operators,
    target_year: form.targetYear,
    first_year: form.firstYear,
    budgets: form.budgets?.map((one) => Math.round(one * wan)) ?? null,
    sites: form.sites,
    sources: all ? [] : form.sources,
    importance: Object.fromEntries(weights.map((one) => [one.key, form.importance[one.key] ?? one.importance])),
    spacing: form.spacing === placement.spacing ? null : form.spacing,
    street_step: form.streetStep === placement.street_step ? null : form.streetStep,
    minimum_sites: given(form.leastSites).map(([area_id, sites]) => ({ area_id, sites })),
    minimum_covered: given(form.leastCovered).map(([area_id, percent]) => ({ area_id, share: percent / 100 })),
    coverage_id: form.coverageId,
    effort: form.effort === 'standard' ? undefined : form.effort,
    outdoor_threshold: form.threshold === usualThreshold ? undefined : form.threshold,
    resold_share: form.resold === usualResold ? undefined : form.resold / 100,
  }
  return { ...withoutFormed(from), ...Object.fromEntries(Object.entries(wanted).filter(([, value]) => isSaid(value))) }
}

const formed = new Set(
  (
    'plan_id operator_ids target_year first_year budgets sites sources importance spacing street_step minimum_sites ' +
    'minimum_covered coverage_id effort outdoor_threshold resold_share'
  ).split(' '),
)
const withoutFormed = (from: Parameters): Parameters =>
  Object.fromEntries(Object.entries(from).filter(([key]) => !formed.has(key)))

function isSaid(value: unknown): boolean {
  if (value === null || value === undefined) return false
  return typeof value !== 'object' || Object.keys(value).length > 0
}

/** The year of the day after `day`, in which a plan begins where nothing else is said. */
export function yearAfter(day: string): number {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).getUTCFullYear()
}

/** The years that budgets are given for, beginning with `first`. */
export const budgetYears = (first: number, budgets: number[]): number[] => budgets.map((_, place) => first + place)

export interface MergingField {
  key: string
  usual: number
  least: number
  most: number
  unit: string
}

/** The figures of a merging plan with what stands where nothing is set, and their range. */
export const mergingFields: MergingField[] = [
  { key: 'lamp_spacing', usual: 45, least: 10, most: 200, unit: 'm' },
  { key: 'smart_height', usual: 12, least: 4, most: 40, unit: 'm' },
  { key: 'smart_load', usual: 400, least: 10, most: 5000, unit: 'kg' },
  { key: 'smart_power', usual: 5, least: 0.1, most: 100, unit: 'kW' },
  { key: 'seconds', usual: 20, least: 1, most: 300, unit: 's' },
]
