/** What the map draws: the areas below, one source and a few layers for every kind above. */
import type { ExpressionSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl'
import { address, type Query } from '../api/client'
import type { Kind } from '../api/types'

/** A layer and the one it is put under. */
export interface PlacedLayer {
  layer: LayerSpecification
  below: string
}
export interface KindLayers {
  source: SourceSpecification
  layers: PlacedLayer[]
}

const plain = '#fbfbf9'

/** The address of tiles with their filter; absolute, because the worker asks for them. */
export function tileAddress(path: string, where: Query = {}): string {
  return `${location.origin}${address(`/tiles/${path}`)}/{z}/{x}/{y}.mvt${address('', where).slice('/api'.length)}`
}

/** Empty layers that the others are put under: densities lowest, then surfaces, lines and points. */
const floors = ['under-polygon', 'under-line', 'under-point', 'under-names']
const aboveOf = { polygon: 'under-line', line: 'under-point', point: 'under-names', none: 'under-names' }

/** The base: the districts in one colour, their outlines, their names drawn with the reader's own fonts. */
export function baseStyle(level = 'district'): StyleSpecification {
  return {
    version: 8,
    sources: {
      areas: { type: 'vector', tiles: [tileAddress(`areas/${level}`)], maxzoom: 14 },
      names: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
      picked: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': '#e9eff3' } },
      { id: 'areas', type: 'fill', source: 'areas', 'source-layer': 'areas', paint: { 'fill-color': plain } },
      ...floors.map((id): LayerSpecification => ({ id, type: 'background', layout: { visibility: 'none' } })),
      {
        id: 'outlines',
        type: 'line',
        source: 'areas',
        'source-layer': 'areas',
        paint: { 'line-color': '#8d99a5', 'line-width': 1 },
      },
      {
        id: 'names',
        type: 'symbol',
        source: 'names',
        layout: { 'text-field': ['get', 'name'], 'text-size': 12, 'text-font': ['sans-serif'] },
        paint: { 'text-color': '#37424e', 'text-halo-color': '#ffffff', 'text-halo-width': 1.4 },
      },
      {
        id: 'picked',
        type: 'circle',
        source: 'picked',
        paint: {
          'circle-radius': 10,
          'circle-color': 'rgba(0,0,0,0)',
          'circle-stroke-color': '#111820',
          'circle-stroke-width': 2,
        },
      },
    ],
  }
}

/** Areas coloured by the value of an indicator; one colour where none is chosen. */
export function areaColours(colours: Map<string, string>): ExpressionSpecification | string {
  if (!colours.size) return plain
  return ['match', ['get', 'code'], ...[...colours].flat(), plain] as unknown as ExpressionSpecification
}

/** Opacity of a density cell: the logarithm of its count against the largest in view. */
export function densityOpacity(most: number): ExpressionSpecification {
  return ['interpolate', ['linear'], ['ln', ['max', ['get', 'count'], 1]], 0, 0.14, Math.log(Math.max(most, 2)), 0.9]
}

const built: ExpressionSpecification = ['==', ['get', 'state'], 'in_service']

function point(kind: Kind): LayerSpecification {
  return {
    id: kind.key,
    type: 'circle',
    source: kind.key,
    'source-layer': kind.key,
    paint: {
      'circle-radius': ['interpolate', ['linear'], ['zoom'], 9, 1.6, 12, 2.6, 14, 4, 17, 7],
      // Hollow what is not yet, or no longer, in service.
      'circle-color': ['case', built, kind.colour, '#ffffff'],
      'circle-stroke-color': ['case', built, '#ffffff', kind.colour],
      // From afar a white rim would hide what it surrounds.
      'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 12, ['case', built, 0, 1], 14, 1],
    },
  }
}
function line(kind: Kind): LayerSpecification {
  return {
    id: kind.key,
    type: 'line',
    source: kind.key,
    'source-layer': kind.key,
    paint: { 'line-color': kind.colour, 'line-width': ['interpolate', ['linear'], ['zoom'], 10, 0.6, 16, 3] },
  }
}
function surface(kind: Kind): LayerSpecification {
  return {
    id: kind.key,
    type: 'fill',
    source: kind.key,
    'source-layer': kind.key,
    paint: { 'fill-color': kind.colour, 'fill-opacity': 0.45, 'fill-outline-color': kind.colour },
  }
}

function density(kind: Kind): LayerSpecification {
  return {
    id: `${kind.key}-density`,
    type: 'fill',
    source: kind.key,
    'source-layer': 'density',
    paint: { 'fill-color': kind.colour, 'fill-opacity': densityOpacity(100), 'fill-antialias': false },
  }
}

/** The source and layers of one kind: its density where it is too many for a tile, else its features. */
export function kindLayers(kind: Kind, where: Query): KindLayers {
  const shapes = { point, line, polygon: surface, none: point }
  return {
    source: { type: 'vector', tiles: [tileAddress(kind.key, where)], maxzoom: 16 },
    layers: [
      { layer: density(kind), below: 'under-polygon' },
      { layer: shapes[kind.geometry](kind), below: aboveOf[kind.geometry] },
    ],
  }
}
