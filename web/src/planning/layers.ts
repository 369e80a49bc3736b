/** What the maps of plans draw over the districts: demand still open, what stands, candidates, sites, poles and moves. */
import type { FeatureCollection } from 'geojson'
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import { yearExpression } from './years'

export const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] }

/** Zoom from which candidates are asked for: below it there are more than one can tell apart. */
export const candidateZoom = 14
/** Zoom from which demand is asked for by what is in view. */
export const demandZoom = 13

/** Demand by what becomes of it; colours that stay apart from those of the years. */
export const demandColours = { plan: '#6cc08b', open: '#d9480f' }
export const poleColours = { kept: '#1f4e79', replaced: '#0f8a6b', removed: '#b4342d' }
/** Rings around what an adjustment added and took away. */
export const changeColours = { added: '#0f8a3c', removed: '#b4342d', moved: '#7b3f98' }
export const standingColour = '#8b95a1'

const radius = (small: number, large: number): ExpressionSpecification => [
  'interpolate',
  ['linear'],
  ['zoom'],
  9,
  small,
  16,
  large,
]

/** What stands served already is left out: it would hide the rest. */
export const demandLayer: LayerSpecification = {
  id: 'demand',
  type: 'circle',
  source: 'demand',
  filter: ['!=', ['get', 'covered'], 'before'],
  paint: {
    'circle-radius': ['interpolate', ['linear'], ['zoom'], 9, 1, 13, 2, 17, 6],
    'circle-color': ['match', ['get', 'covered'], 'plan', demandColours.plan, demandColours.open],
    'circle-opacity': 0.55,
  },
}

/** Resources that stand already, from their own tiles, small and grey. */
export function standingLayer(kind: string): LayerSpecification {
  return {
    id: 'standing',
    type: 'circle',
    source: 'standing',
    'source-layer': kind,
    paint: { 'circle-radius': radius(1, 3.5), 'circle-color': standingColour, 'circle-opacity': 0.7 },
  }
}

export const candidateLayer: LayerSpecification = {
  id: 'candidates',
  type: 'circle',
  source: 'candidates',
  paint: {
    'circle-radius': ['interpolate', ['linear'], ['zoom'], 13, 2.4, 17, 6],
    'circle-color': '#ffffff',
    'circle-stroke-width': 1.2,
    'circle-stroke-color': ['case', ['==', ['get', 'pin'], 'forbidden'], '#b4342d', '#55606d'],
  },
}

/** The chosen sites: the year by colour, a black rim around those that a person fixed. */
export function siteLayer(years: number[], first: number): LayerSpecification {
  const pinned: ExpressionSpecification = ['==', ['get', 'pin'], 'mandatory']
  return {
    id: 'sites',
    type: 'circle',
    source: 'sites',
    paint: {
      'circle-radius': ['interpolate', ['linear'], ['zoom'], 9, 2.6, 12, 4.2, 16, 8],
      'circle-color': yearExpression(years, first),
      'circle-stroke-width': ['case', pinned, 2.4, 1],
      'circle-stroke-color': ['case', pinned, '#111820', '#ffffff'],
    },
  }
}

export const moveLayer: LayerSpecification = {
  id: 'moves',
  type: 'line',
  source: 'moves',
  paint: { 'line-color': '#7b3f98', 'line-width': 1.6, 'line-dasharray': [2, 1.5] },
}

export const poleLayer: LayerSpecification = {
  id: 'poles',
  type: 'circle',
  source: 'poles',
  paint: {
    'circle-radius': radius(3, 8),
    'circle-color': [
      'match',
      ['get', 'state'],
      'removed',
      '#ffffff',
      'replaced',
      poleColours.replaced,
      poleColours.kept,
    ],
    'circle-stroke-width': ['match', ['get', 'state'], 'removed', 2, 1],
    'circle-stroke-color': ['match', ['get', 'state'], 'removed', poleColours.removed, '#ffffff'],
  },
}

export const changeLayer: LayerSpecification = {
  id: 'changed',
  type: 'circle',
  source: 'changed',
  paint: {
    'circle-radius': radius(6, 12),
    'circle-color': 'rgba(0,0,0,0)',
    'circle-stroke-width': 2,
    'circle-stroke-color': [
      'match',
      ['get', 'state'],
      'added',
      changeColours.added,
      'moved',
      changeColours.moved,
      changeColours.removed,
    ],
  },
}
