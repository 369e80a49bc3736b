/** The forms that scenarios, build plans, merging plans, rates and approvals are answered in. */
import type { Text } from '../api/types'

export type ScenarioKind = 'coverage' | 'build' | 'merging'
export type ScenarioState = 'draft' | 'computing' | 'ready' | 'failed'
export interface Scenario<Summary = unknown, Set = Parameters> {
  id: number
  kind: ScenarioKind
  subject: string
  name: string
  area_id: number | null
  owner_id: number | null
  based_on_id: number | null
  published: boolean
  state: ScenarioState
  reason: string
  parameters: Set
  summary?: Summary | null
  job_id: number | null
  version: number
  created_by: string
  created_at: string
}
export type Pin = 'mandatory' | 'forbidden'
export interface Moved {
  longitude: number
  latitude: number
}
export interface Parameters {
  target_year?: number | null
  plan_id?: number | null
  operator_ids?: number[]
  first_year?: number | null
  budgets?: number[] | null
  sites?: number | null
  sources?: string[]
  importance?: Record<string, number>
  spacing?: number | null
  street_step?: number | null
  minimum_sites?: { area_id: number; sites: number }[]
  minimum_covered?: { area_id: number; share: number }[]
  pins?: Record<string, Pin>
  moves?: Record<string, Moved>
  coverage_id?: number | null
  candidates?: { file: string; name: string; count: number } | null
  outdoor_threshold?: number
  resold_share?: number
  effort?: string
  [key: string]: unknown
}

export interface Year {
  year: number
  budget: number
  spent: number
  sites: number
  covered: number
  bound: number | null
}
export interface Money {
  sites: number
  capital: number
  yearly?: number
}
export interface DistrictRow extends Money {
  area_id: number
  name: string
  weight?: number
  weight_before: number
  weight_covered: number
}
export interface LayerRow {
  key: string
  name: Text
  unit: string
  total: number
  before: number
  after: number
}
export interface TargetRow {
  target_id: number | null
  indicator: string
  name: string
  area_id: number | null
  owner_id: number | null
  year: number | null
  wanted: number
  now: number
  coming?: number
  added?: number
  gap: number
  after: number
  met: boolean
  scope: string
  unit: string
  /** What the target is a share of; null for one that counts. */
  total?: number | null
}
export interface CoverageShare {
  area_id: number
  operator_id: number | null
  outdoor_area: number | null
  population: number | null
}
export interface CurvePoint {
  budget: number
  covered: number
  share?: number | null
  bound: number | null
  gap: number | null
  sites: number
}
export interface Curve {
  points: CurvePoint[]
  budget: number
  total: number
}
export interface BuildSummary {
  placement: string
  kind: string
  as_of: string
  first_year: number
  years: Year[]
  objective: number
  bound: number
  gap: number | null
  /** `district`: after an adjustment the bound holds while the other districts stay as they are. */
  bound_scope?: string
  finished: boolean
  verdict: { holds: boolean; broken: string[] }
  presolve?: Record<string, number>
  candidates: { total: number; by_source: Record<string, number> }
  demands: { total: number; reachable: number }
  least_capital?: number
  sites: number
  capital: number
  yearly: number
  capital_per_site: number | null
  lines: { key: string; name: Text | string; yearly: boolean; amount: number }[]
  by_district: DistrictRow[]
  by_operator: (Money & { owner_id: number; name: string })[]
  by_source: (Money & { key: string; name: Text })[]
  layers: LayerRow[]
  targets: TargetRow[]
  coverage: {
    stale?: boolean
    before: CoverageShare[]
    after: CoverageShare[]
    venues: { class: string; before: number; after: number; total: number }[]
  } | null
  power: {
    stations: number
    resold: number
    share_before: number | null
    share_after: number | null
    share_wanted?: number | null
    conversions: number
    cost: number
    kilowatt_hours: number
    saved_per_year: number
  } | null
  reward: {
    stations: number
    each: number
    amount: number
    tiers: { key: string; name: Text; share: number; amount: number }[]
  } | null
  sharing: {
    sites: number
    shared: number
    rate: number | null
    register_before?: number
    register_after?: number
  } | null
  sensitivity: CurvePoint[]
  notes: string[]
  seconds: number
  entered: { on: string; resources: number; approvals: number } | null
}
export interface BillLine {
  key: string
  name: Text | string
  quantity: number
  unit: string
  price: number
  amount: number
  yearly: boolean
}
export interface Site {
  site: number
  candidate: string
  source: string
  code: string | null
  name: string
  kind: string
  owner_id: number | null
  area_id: number
  district_id: number
  longitude: number
  latitude: number
  height: number | null
  year: number
  pin: Pin | null
  moved: boolean
  capital: number
  yearly: number
  shared: boolean
  lines: BillLine[]
  reason: {
    sentence: string
    newly_covered: number
    alone: number
    layers: Record<string, number>
    lost?: Record<string, number>
  }
}
export interface SiteFeature {
  site: number
  candidate: string
  source: string
  year: number
  owner_id: number | null
  district_id: number
  capital: number
  pin: Pin | null
  name: string
}
export interface CandidateFeature {
  candidate: string
  source: string
  owner_id: number | null
  name: string
  capital: number
  pin: Pin | null
  chosen: boolean
  year: number | null
}
export interface PointsAnswer<Properties> {
  type: 'FeatureCollection'
  features: { type: 'Feature'; properties: Properties; geometry: { type: 'Point'; coordinates: [number, number] } }[]
  total?: number
}
export interface PinAnswer {
  milliseconds: number
  district_id: number
  added: Site[]
  removed: string[]
  objective: number
  bound: number
  gap: number | null
  summary: BuildSummary
  version: number
}

/** A station on power that is sold on, which the plan converts to direct power. */
export interface Conversion {
  code: string
  name: string
  owner_id: number
  area_id: number
  district: string
  kilowatt_hours: number
  saved_per_year: number
  cost: number
  year: number
}
export interface CandidatesTaken {
  candidates: number
  name: string
  by_source: { key: string; name: Text; count: number }[]
  capital: { total: number; least: number; most: number }
  version: number
}

export interface Comparison {
  scenarios: { id: number; name: string; state: ScenarioState }[]
  rows: { key: string; name: Text; unit: string; better: 'more' | 'less' | null; values: (number | null)[] }[]
  districts: { area_id: number; name: string; sites: (number | null)[]; capital: (number | null)[] }[]
  common_sites: number
  only: { id: number; sites: number }[]
}

export interface MergingSums {
  streets: number
  proved: number
  devices: number
  poles_before: number
  poles_after: number
  pole_bound: number
  replaced: number
  moves: number
  cost: number
  cost_bound: number
  gap: number | null
}
export interface MergingSummary extends MergingSums {
  by_district: (MergingSums & { area_id: number; name: string })[]
  errors: string[]
  error_count: number
  entered?: { on: string; resources: number; poles: number; devices: number; approvals: number } | null
  notes: string[]
  seconds: number
}
export interface Street {
  street: number
  road: string
  district_id: number
  district: string
  devices: number
  poles_before: number
  poles_after: number
  pole_bound: number
  replaced: number
  moves: number
  cost: number
  cost_bound: number
  optimal: boolean
  problem: string
}
export interface StreetPole {
  code: string
  name: string
  kind: string
  class: string
  longitude: number
  latitude: number
  position: number
  side: string
  height: number
  state: 'kept' | 'removed' | 'replaced'
  devices_before: number
  devices_after: number
  cost: number
  reason: string
}
export interface DeviceMove {
  code: string
  name: string
  class: string
  from_pole: string
  to_pole: string | null
  distance: number
  cost: number
}
export interface StreetDetail extends Street {
  poles: StreetPole[]
  moving: DeviceMove[]
}

export interface Rate {
  key: string
  name: Text
  description: Text
  unit: string
  domain: string
  default: number
  minimum: number
  maximum: number
  value: number
  changed_by: string | null
  changed_at: string | null
}

export type Decision = 'waiting' | 'approved' | 'refused'
export interface Approval {
  id: number
  resource_code: string
  resource_name: string
  kind: string
  area_id: number | null
  owner_id: number | null
  step: string
  name: Text
  position: number
  days_allowed: number
  begun_on: string | null
  due_on: string | null
  decided_on: string | null
  decision: Decision
  note: string
  overdue: boolean
}
export interface ApprovalsAnswer {
  total: number
  items: Approval[]
  steps: { step: string; waiting: number; approved: number; refused: number; overdue: number }[]
}
