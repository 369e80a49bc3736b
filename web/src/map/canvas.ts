/** A map in a box of the page, as every page with a map makes it. */
import type { FeatureCollection } from 'geojson'
import { Map as MapLibre, NavigationControl, ScaleControl, type GeoJSONSource, type MapOptions } from 'maplibre-gl'
import { get } from '../api/client'
import { baseStyle } from './layers'
import { namePlaces } from './places'

export type Bounds = [number, number, number, number]

/** Where a map opens: close to a point that was asked for, else on all of its bounds. */
export function startingView(focus: [number, number] | null, bounds: Bounds | null): Partial<MapOptions> {
  if (focus) return { center: focus, zoom: 15 }
  return bounds ? { bounds, fitBoundsOptions: { padding: 20 } } : {}
}

/** Makes a map with zoom buttons and a scale, north always up; its districts are named once it has loaded. */
export function createMap(container: HTMLElement, view: Partial<MapOptions>, t: (key: string) => string): MapLibre {
  const on = new MapLibre({
    container,
    style: baseStyle(),
    ...view,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    maxZoom: 19,
    localIdeographFontFamily: getComputedStyle(document.body).fontFamily,
    locale: {
      'NavigationControl.ZoomIn': t('map.in'),
      'NavigationControl.ZoomOut': t('map.out'),
      'Map.Title': t('title.map'),
    },
  })
  on.touchZoomRotate.disableRotation()
  on.addControl(new NavigationControl({ showCompass: false }), 'bottom-right')
  on.addControl(new ScaleControl(), 'bottom-right')
  on.on('load', () => void nameAreas(on))
  return on
}

async function nameAreas(on: MapLibre): Promise<void> {
  const areas = await get<FeatureCollection>('/areas/geometry', { level: 'district' }).catch(() => null)
  const source = areas && on.getSource<GeoJSONSource>('names')
  if (areas && source) source.setData(namePlaces(areas))
}

/** Writes the bounds of what a map shows as a query asks for them. */
export function shownBox(on: MapLibre): string {
  return on
    .getBounds()
    .toArray()
    .flat()
    .map((one) => one.toFixed(5))
    .join(',')
}

/** Puts a ring around a point, or takes it away. */
export function markPicked(on: MapLibre, at: [number, number] | null): void {
  const features = at
    ? [{ type: 'Feature' as const, properties: {}, geometry: { type: 'Point' as const, coordinates: at } }]
    : []
  on.getSource<GeoJSONSource>('picked')?.setData({ type: 'FeatureCollection', features })
}
