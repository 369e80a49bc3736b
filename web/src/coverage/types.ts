/** The forms that the coverage interface answers with. */
import type { Geometry } from 'geojson'
import type { Scenario as AnyScenario } from '../planning/types'

/** A study as a scenario. */
export type Scenario = AnyScenario<Summary, Parameters>
export interface Parameters {
  as_of?: string | null
  operator_ids?: number[]
  bands?: string[]
  include_planned?: number[]
  model?: string
  resolution?: number
  radius?: number
  receiver?: number
  load?: number
  outdoor_threshold?: number
  indoor_threshold?: number
  sinr_threshold?: number
  [key: string]: unknown
}
export interface Layer {
  number: number
  operator_id: number | null
  operator: string
  band: string
  frequency: number
  cells: number
}
export interface Agreement {
  points: number
  median: number
  p90: number
}
export interface Study {
  id: number
  name: string
  version: string
  bounds: [number, number, number, number]
  resolution: number
  parameters: Parameters
  layers: Layer[]
  metrics: string[]
  cells: number
  agreement: Agreement | null
}
/** Shares from 0 to 1 of one area, for one operator or, with null, for all of them as if they shared. */
export interface AreaShare {
  area_id: number
  operator_id: number | null
  outdoor_area: number | null
  indoor_area: number | null
  population: number | null
  population_indoor: number | null
  sinr_area: number | null
}
export interface VenueCount {
  class: string
  operator_id: number | null
  count: number
  covered: number
}
export interface Summary {
  agreement: Agreement | null
  layers: Layer[]
  areas: AreaShare[]
  venues: VenueCount[]
  errors: string[]
  cells: number
  seconds: number
}
export interface Server {
  code: string | null
  name: string | null
  level: number
}
export interface LayerPoint {
  number: number
  operator_id: number | null
  operator: string
  band: string
  rsrp: number | null
  indoor: number | null
  sinr: number | null
  throughput: number | null
  overlap: number | null
  servers: Server[]
}
export interface PointAnswer {
  longitude: number
  latitude: number
  ground: number | null
  building: number | null
  layers: LayerPoint[]
}
export interface Obstacle {
  distance: number
  height: number
  above: number
}
export interface PathAnswer {
  code: string
  name: string
  mast: [number, number]
  distance: number
  frequency: number
  level: number | null
  loss: number | null
  loss_exact: number | null
  line_of_sight: boolean
  fresnel_clear: boolean
  points: { distance: number[]; terrain: number[]; surface: number[]; sight: number[]; fresnel: number[] }
  obstacles: Obstacle[]
}
export interface CellProperties {
  code: string
  name: string
  operator_id: number
  band: string
  azimuth: number
}
export interface CellsAnswer {
  type: 'FeatureCollection'
  features: { type: 'Feature'; properties: CellProperties; geometry: Geometry }[]
  total: number
}
/** A cell's adjustable values, as the register has them. */
export interface CellValues {
  azimuth: number
  mechanical_tilt: number
  electrical_tilt: number
  power: number
  height: number
  longitude: number
  latitude: number
}
export interface Editable {
  code: string
  name: string
  operator_id: number
  operator: string
  band: string
  may_write: boolean
  values: CellValues
}
export interface Effect {
  bounds: [number, number, number, number]
  gained_km2: number
  lost_km2: number
  residents_gained: number
  residents_lost: number
  milliseconds: number
  cells: number
  version: number
}
export interface GroundState {
  terrain: { file: string; resolution: number } | null
  [key: string]: unknown
}
export interface VenueRow {
  code: string
  name: string
  longitude: number
  latitude: number
  indoors: number | null
  outdoors: number | null
  covered: boolean
}
