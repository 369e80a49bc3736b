/** What a click on the map asks of a study: the signal at a point, the path to it, the cells in view. */
import { computed, shallowRef, watch, type Ref } from 'vue'
import { get } from '../api/client'
import { say } from '../logic/say'
import type { Editing } from './editing'
import { cellZoom } from './layers'
import type { CellsAnswer, PathAnswer, PointAnswer, Study } from './types'

export type Place = [number, number]
export interface View {
  box: string
  zoom: number
}

export function useLooking(study: Ref<Study | null>, shown: Ref<number[]>, view: Ref<View>, editing: Editing) {
  const point = shallowRef<PointAnswer | null>(null)
  const path = shallowRef<PathAnswer | null>(null)
  const cells = shallowRef<CellsAnswer | null>(null)
  const picked = computed<Place | null>(() => (point.value ? [point.value.longitude, point.value.latitude] : null))
  const line = computed<[Place, Place] | null>(() =>
    path.value && picked.value ? [path.value.mast, picked.value] : null,
  )
  /** A session is asked only once it has changed something. */
  const session = computed(() => (editing.effect.value ? editing.session.value : null))

  function closePath(): void {
    path.value = null
  }
  function close(): void {
    point.value = null
    closePath()
  }
  async function pick(at: Place): Promise<void> {
    if (!study.value) return
    try {
      const query = { longitude: at[0], latitude: at[1], session: session.value }
      point.value = await get<PointAnswer>(`/coverage/${study.value.id}/point`, query)
      editing.close()
      const best = point.value.layers
        .filter((layer) => shown.value.includes(layer.number))
        .flatMap((layer) => layer.servers)
        .filter((server) => server.code)
        .sort((first, other) => other.level - first.level)[0]
      if (best?.code) await showPath(best.code)
      else closePath()
    } catch (thrown) {
      say(thrown)
      editing.forgetIfGone(thrown)
    }
  }
  async function showPath(code: string): Promise<void> {
    if (!study.value || !picked.value) return
    const [longitude, latitude] = picked.value
    try {
      const query = { cell: code, longitude, latitude, session: session.value }
      path.value = await get<PathAnswer>(`/coverage/${study.value.id}/profile`, query)
    } catch (thrown) {
      closePath()
      say(thrown)
    }
  }
  let asked = 0
  async function fetchCells(): Promise<void> {
    const mine = ++asked
    const one = study.value
    if (!one || view.value.zoom < cellZoom) {
      cells.value = null
      return
    }
    const query = { bbox: view.value.box, session: session.value, layer: shown.value }
    const found = await get<CellsAnswer>(`/coverage/${one.id}/cells`, query).catch(() => null)
    if (mine === asked) cells.value = found
  }
  watch([view, study, shown, editing.effect], () => void fetchCells())
  watch(() => study.value?.id, close)

  return { point, path, cells, picked, line, pick, showPath, close, closePath }
}
