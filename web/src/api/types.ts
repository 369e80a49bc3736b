/** The forms that the HTTP interface answers with; names and units follow its OpenAPI document. */

import type { Geometry } from 'geojson'

export interface Text {
  zh: string
  en: string
}
export type Role = 'city' | 'district' | 'operator' | 'viewer'

export interface Account {
  id: number
  name: string
  role: Role
  area_id: number | null
  unit_id: number | null
  may_write: boolean
  active: boolean
}
export interface City {
  name: string
  as_of: string
  bounds: [number, number, number, number] | null
}
export interface Session {
  account: Account | null
  city: City
  oidc: boolean
  demo: { name: string; password: string } | null
}
export interface Token {
  id: string
  label: string
  created_at: string
  expires_at: string | null
}

export type FieldType = 'text' | 'integer' | 'number' | 'boolean' | 'date' | 'choice' | 'unit' | 'area' | 'resource'
export interface Choice {
  key: string
  name: Text
}
export interface Attribute {
  key: string
  type: FieldType
  name: Text
  description: Text
  unit: string
  default: Scalar
  minimum: number | null
  maximum: number | null
  required: boolean
  choices: Choice[]
  kind: string | null
  link: string | null
}
export interface Kind {
  key: string
  code: string
  domain: string
  name: Text
  description: Text
  geometry: 'point' | 'line' | 'polygon' | 'none'
  colour: string
  searchable: boolean
  attributes: Attribute[]
  count: number
}
export interface Indicator {
  key: string
  domain: string
  name: Text
  description: Text
  unit: string
  direction: 'rising' | 'falling'
  kind: 'stock' | 'flow' | 'ratio' | 'yes_no'
  formula: string
  aliases: string[]
  by_operator: boolean
  area_rule: string
  time_rule: string
  precision: number
}
export interface Metric {
  key: string
  name: Text
  description: Text
  unit: string
  classes: { least: number; colour: string; name: Text | null }[]
  precision: number
  in_turn: boolean
}
export interface CostLine {
  key: string
  name: Text
  rate: string
  per: string
}
export interface Placement {
  key: string
  domain: string
  name: Text
  description: Text
  kind: string
  reach: 'radio' | 'within' | 'along_street'
  metres: number
  by_operator: boolean
  spacing: number
  street_step: number
  sources: { key: string; name: Text; kind: string | null; lines: CostLine[] }[]
  layers: { key: string; name: Text; unit: string; importance: number }[]
}
export interface ApprovalStep {
  key: string
  name: Text
  days: number
}

export interface Catalogue {
  fields: Attribute[]
  kinds: Kind[]
  domains: { key: string; name: Text }[]
  links: { key: string; name: Text }[]
  indicators: Indicator[]
  metrics: Metric[]
  placements: Placement[]
  approval_steps: ApprovalStep[]
  land_covers: { key: string; name: Text }[]
}
export interface Status {
  key: StatusKey
  name: Text
  colour: string
  rule: Text
}
export type StatusKey =
  'achieved' | 'ahead' | 'on_schedule' | 'lagging' | 'seriously_lagging' | 'not_started' | 'no_data' | 'data_too_old'

export interface Area {
  id: number
  code: string
  name: string
  level: string
  parent_id: number | null
}
export interface Unit {
  id: number
  name: string
  kind: string
  parent_id: number | null
  area_id: number | null
  aliases: string[]
}

export interface Plan {
  id: number
  title: string
  issuers: string[]
  period: [number, number] | null
  document_id: number
  version: number
  targets: number
  tasks: number
  bound: number
}
export interface Clause {
  id: number
  path: string
  title: string
  level: number
  page: number | null
  start: number
  end: number
}
export interface PlanDocument {
  id: number
  version: number
  filename: string
  format: string
  pages: number | null
  text: string
}
export interface PlanDetail extends Plan {
  document: PlanDocument
  clauses: Clause[]
  unmatched_corrections: unknown[]
}
export type ReadingStatus = 'read' | 'confirmed' | 'changed' | 'added' | 'dismissed'
export type BindingStatus = 'none' | 'proposed' | 'confirmed' | 'refused'
export interface Target {
  id: number
  plan_id: number
  clause_id: number | null
  parent_id: number | null
  kind: 'target' | 'baseline' | 'measure' | 'coverage'
  name: string
  section: string
  quote: string
  start: number
  end: number
  page: number | null
  comparator: string
  value: number | null
  value_to: number | null
  unit: string
  year: number | null
  scope: string
  level: string
  basis: string
  confidence: number
  status: ReadingStatus
  indicator: string | null
  binding_confidence: number | null
  binding_status: BindingStatus
  area_id: number | null
  owner_id: number | null
  task_ids: number[]
}
export type AssignmentRole = 'lead' | 'responsible' | 'support'
export interface Assignment {
  id?: number
  name: string
  unit_id: number | null
  role: AssignmentRole | string
  confidence?: number
  reviewer?: string | null
}
export interface Task {
  id: number
  plan_id: number
  plan_title?: string
  clause_id: number | null
  section: string
  heading: string
  text: string
  start: number
  end: number
  page: number | null
  deadline: string | null
  confidence: number
  status: ReadingStatus
  assignments: Assignment[]
  target_ids: number[]
}
export interface UnitTasks {
  unit_id: number | null
  name: string
  kind: string
  lead: number
  responsible: number
  support: number
}
export interface Proposal {
  indicator: string
  confidence: number
}

export interface Point {
  day: string
  value: number | null
}
export interface OverviewRow {
  target: Target
  plan_title: string
  chapter: string
  baseline: { value: number; year: number | null; source: string } | null
  now: { value: number; day: string; source: string; coverage: number | null } | null
  target_value: number | null
  target_day: string | null
  attainment: number | null
  progress: number | null
  schedule_index: number | null
  expected: number | null
  gap: number | null
  status: StatusKey
  status_rule: Text
  stretch_status: StatusKey | null
  forecast: {
    value: number
    low: number | null
    high: number | null
    method: string
    day: string
    meets: boolean
  } | null
  path: Point[]
  series: Point[]
}
export interface Overview {
  as_of: string
  rows: OverviewRow[]
  counts: Record<string, number>
}

export interface IndicatorNow {
  key: string
  value: number | null
  day: string | null
  targets: number
}
export interface AreaSeries {
  area_id: number
  code: string
  name: string
  value: number | null
  series: Point[]
}
export interface OperatorSeries {
  unit_id: number
  name: string
  value: number | null
  series: Point[]
}
export interface FormulaPart {
  expression: string
  label: Text
  value: number | null
  source: 'register' | 'statistics' | 'reported'
  kind: string | null
  filter: Record<string, unknown>
}
export interface Measurement {
  id: number
  indicator: string
  area_id: number | null
  owner_id: number | null
  period_end: string
  value: number
  status: string
  source: string
  entered_by: string
  entered_at: string
  supersedes_id: number | null
  evidence_id: number | null
}
export interface IndicatorDetail {
  key: string
  as_of: string
  value: number | null
  coverage: number | null
  series: Point[]
  areas: AreaSeries[]
  operators: OperatorSeries[]
  parts: FormulaPart[]
  measurements: Measurement[]
  target_ids: number[]
}
export interface Evidence {
  id: number
  filename: string
  size: number
  sha256: string
}

export type Scalar = string | number | boolean | null
export interface Resource {
  id?: number
  code: string
  kind: string
  name: string
  owner_id: number | null
  area_id: number | null
  state: string
  planned_on: string | null
  approved_on: string | null
  building_on: string | null
  in_service_on: string | null
  retired_on: string | null
  longitude: number | null
  latitude: number | null
  geometry: Geometry | null
  attributes: Record<string, Scalar>
  version: number
}
export interface Change {
  at: string
  actor: string
  action: string
  message: string
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}
export interface ResourceLink {
  id: number
  kind: string
  direction: 'from' | 'to'
  code: string
  name: string
  resource_kind: string
  valid_from: string | null
  valid_to: string | null
}
export interface ResourceDetail extends Resource {
  links: ResourceLink[]
  history: Change[]
}
export interface ResourcePage {
  items: Resource[]
  total: number
  next: string | null
}
export interface Found {
  type: string
  key: string
  name: string
  detail: string
}

export interface Problem {
  row: number | null
  field: string | null
  value: unknown
  reason: string
}
export interface ImportPreview {
  import_id: string
  kind: string
  rows: number
  columns: { column: string; field: string | null; sample: string[] }[]
  creates: number
  updates: number
  unchanged: number
  problems: Problem[]
  problem_count: number
  can_apply: boolean
}
export interface Job {
  id: number | string
  kind: string
  title: string
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'
  progress: number
  stage: string
  log: string | string[]
  result: unknown
  created_at: string
  finished_at: string | null
}
