/** A map of a plan: made when its box is there, told of sources and clicks, taken away with the page. */
import type { FeatureCollection } from 'geojson'
import type { GeoJSONSource, Map as MapLibre, MapGeoJSONFeature } from 'maplibre-gl'
import { onBeforeUnmount, onMounted, ref, shallowRef, type Ref } from 'vue'
import { useWords } from '../i18n'
import { createMap, shownBox, startingView, type Bounds } from '../map/canvas'
import '../map/worker'
import { nothing } from './layers'

export interface View {
  box: string
  zoom: number
}
interface Options {
  bounds: () => Bounds | null
  /** Puts sources and layers in place, once. */
  prepare: (on: MapLibre) => void
  /** Layers whose features answer to a click, the uppermost first. */
  clickable: string[]
  clicked: (hit: MapGeoJSONFeature | null) => void
  moved?: (view: View) => void
}

/** Makes the map in `box`; `drawn` counts the features of the first clickable layer that are on the screen. */
export function usePlanMap(box: Ref<HTMLDivElement | null>, options: Options) {
  const { t } = useWords()
  const map = shallowRef<MapLibre | null>(null)
  const ready = ref(false)
  const drawn = ref(0)

  const live = (on: MapLibre): string[] => options.clickable.filter((id) => on.getLayer(id))
  function hitAt(on: MapLibre, point: { x: number; y: number }): MapGeoJSONFeature | null {
    const reach = 5
    const around: [[number, number], [number, number]] = [
      [point.x - reach, point.y - reach],
      [point.x + reach, point.y + reach],
    ]
    for (const id of live(on)) {
      const [hit] = on.queryRenderedFeatures(around, { layers: [id] })
      if (hit) return hit
    }
    return null
  }
  onMounted(() => {
    if (!box.value) return
    const on = createMap(box.value, startingView(null, options.bounds()), t)
    map.value = on
    on.on('load', () => {
      options.prepare(on)
      ready.value = true
      tell()
    })
    const tell = (): void => options.moved?.({ box: shownBox(on), zoom: on.getZoom() })
    on.on('moveend', tell)
    on.on('click', (event) => options.clicked(hitAt(on, event.point)))
    on.on('mousemove', (event) => {
      on.getCanvas().style.cursor = hitAt(on, event.point) ? 'pointer' : ''
    })
    on.on('idle', () => {
      const [first] = live(on)
      drawn.value = first ? on.queryRenderedFeatures({ layers: [first] }).length : 0
    })
  })
  onBeforeUnmount(() => map.value?.remove())

  function show(id: string, content: unknown): void {
    map.value?.getSource<GeoJSONSource>(id)?.setData((content as FeatureCollection | null) ?? nothing)
  }
  return { map, ready, drawn, show }
}
