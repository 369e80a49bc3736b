/** What the coverage map draws over the districts: the raster, what an edit changed, cells, and one path. */
import type { FeatureCollection } from 'geojson'
import type { LayerSpecification, SourceSpecification } from 'maplibre-gl'
import { address, type Query } from '../api/client'
import { inks } from './ink'
import type { CellsAnswer } from './types'

/** The address of raster tiles, of a study or of an edit session; absolute, as the map's worker asks. */
export function rasterAddress(of: string, metric: string, query: Query): string {
  const search = address('', query).slice('/api'.length)
  return `${location.origin}${address(`/coverage/${of}/tiles/${metric}`)}/{z}/{x}/{y}.png${search}`
}

export function rasterSource(tiles: string, bounds: [number, number, number, number]): SourceSpecification {
  return { type: 'raster', tiles: [tiles], tileSize: 256, minzoom: 5, maxzoom: 17, bounds }
}
export function rasterLayer(id: string, opacity: number): LayerSpecification {
  return {
    id,
    type: 'raster',
    source: id,
    paint: { 'raster-opacity': opacity, 'raster-resampling': 'nearest', 'raster-fade-duration': 0 },
  }
}

export const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] }

/** Zoom from which single cells are drawn: below it they would hide each other and the raster. */
export const cellZoom = 12.5

export const cellLayer: LayerSpecification = {
  id: 'cells',
  type: 'symbol',
  source: 'cells',
  layout: {
    'icon-image': ['get', 'icon'],
    'icon-rotate': ['get', 'azimuth'],
    'icon-rotation-alignment': 'map',
    'icon-allow-overlap': true,
    'icon-ignore-placement': true,
    'icon-size': ['interpolate', ['linear'], ['zoom'], 12, 0.45, 15, 0.8, 17, 1.1],
  },
}
export const pathLayer: LayerSpecification = {
  id: 'path',
  type: 'line',
  source: 'path',
  paint: { 'line-color': '#111820', 'line-width': 1.6, 'line-dasharray': [3, 2] },
}

/** Cells with the picture that each is drawn as: one for each operator, the picked one apart. */
export function drawnCells(cells: CellsAnswer, operators: number[], picked: string | null): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: cells.features.map((one) => ({
      ...one,
      properties: {
        ...one.properties,
        icon:
          one.properties.code === picked
            ? 'cell-picked'
            : `cell-${Math.max(operators.indexOf(one.properties.operator_id), 0) % inks.length}`,
      },
    })),
  }
}

/** The picture of a cell: a wedge of 65 degrees to the north around its mast. */
export function wedge(colour: string): ImageData {
  const size = 64
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size
  const pen = canvas.getContext('2d')
  if (!pen) return new ImageData(size, size)
  const middle = size / 2
  const half = (65 / 2) * (Math.PI / 180)
  pen.beginPath()
  pen.moveTo(middle, middle)
  pen.arc(middle, middle, middle - 4, -Math.PI / 2 - half, -Math.PI / 2 + half)
  pen.closePath()
  pen.fillStyle = colour
  pen.globalAlpha = 0.85
  pen.fill()
  pen.globalAlpha = 1
  pen.lineWidth = 3
  pen.strokeStyle = '#ffffff'
  pen.stroke()
  pen.beginPath()
  pen.arc(middle, middle, 5, 0, 2 * Math.PI)
  pen.fill()
  return pen.getImageData(0, 0, size, size)
}
export const wedges = (): [string, ImageData][] => [
  ...inks.map((ink, place): [string, ImageData] => [`cell-${place}`, wedge(ink)]),
  ['cell-picked', wedge('#d1242f')],
]
