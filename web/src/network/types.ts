/** The forms that the interface of network planning answers with. */
import type { Problem } from '../api/types'

export type What = 'neighbours' | 'pci' | 'capacity' | 'sharing'

export interface NeighbourFacts {
  cells: number
  relations: number
  between: number
  layers: LayerCount[]
  counts: { least: number; cells: number }[]
}
export interface LayerCount {
  number: number
  operator_id: number
  band: string
  cells: number
  mean: number | null
  most: number
  alone: number
  full: number
}
export interface NeighbourRow {
  code: string
  name: string
  neighbour: string | null
  neighbour_name: string | null
  same_carrier: boolean
  weight: number
  reasons: string
}
export interface Conflicts {
  collisions: number
  confusions: number
  reuse: number
  mod3: number
  mod30: number
  mod3_share: number
  mod30_share: number
}
export interface PciFacts {
  planned: number
  kept: number
  changed: number
  missing: number
  before: Conflicts
  after: Conflicts
  applied: { changed: number; change_set: number } | null
}
export interface PciRow {
  code: string
  name: string
  band: string
  before: number | null
  after: number
  root: number
  changed: boolean
}
export interface Load {
  cells: number
  overloaded: number
  mean_load: number | null
  demand: number
  excess: number
  carriers: number
  new_cells: number
}
export interface CapacityFacts extends Load {
  asked: number
  unreached: number
  shares_from: 'given' | 'reported' | 'equal'
  operators: (Load & { operator_id: number; share: number })[]
  districts: (Load & { area_id: number; name: string })[]
}
export interface CapacityRow {
  code: string
  name: string
  operator: string
  band: string
  load: number
  carriers: number
  cells: number
  load_after: number
}
export type Share = 'outdoor_area' | 'population' | 'population_indoor'
export type Shares = Record<Share, number | null>
export interface SharedArea {
  area_id: number | null
  name: string | null
  shared: Shares
  residents: number
  operators: { operator_id: number; alone: Shares; gain: Shares }[]
}
export interface SharingFacts {
  operators: number[]
  areas: SharedArea[]
  structures: number
}
export interface StructureRow {
  code: string
  name: string
  longitude: number
  latitude: number
  residents: number
  area: number
}
export interface Rows<T> {
  total: number
  items: T[]
}
export interface DriveTest {
  id: number
  name: string
  file: string
  datum: string
  owner_id: number | null
  rows: number
  refused: number
  imported_by: string
  imported_at: string
  problems?: Problem[]
}
export interface ErrorReport {
  rows: number
  mean: number
  deviation: number
  rmse: number
  mae: number
  percentiles: [number, number, number]
}
export interface Comparison {
  samples: number
  ways: { best: number; pci: number; cell: number }
  left_out: { outside: number; unpredicted: number; range: number; near: number }
  error: ErrorReport
  histogram: { edges: number[]; counts: number[] }
  clutter: (ErrorReport & { class: string })[]
  pairs: [number, number][]
}
export interface Calibration {
  id: number
  name: string
  tests: number[]
  correction: { intercept: number; slope: number; classes: Record<string, number> }
  rows: number
  reports: { before: ErrorReport; fitted: ErrorReport; held_out: ErrorReport; folds: ErrorReport[] }
}
