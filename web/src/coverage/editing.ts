/** Trying cells with other values: a session on the server, one change in the air at a time, the newest one next. */
import { computed, reactive, ref, shallowRef } from 'vue'
import { get, write } from '../api/client'
import { say } from '../logic/say'
import type { CellValues, Editable, Effect } from './types'

export type ValueKey = Exclude<keyof CellValues, 'longitude' | 'latitude'>

/** Where the sliders end; the fields beside them take whatever the register allows. */
export const sliders: [ValueKey, number, number, number][] = [
  ['azimuth', 0, 359, 1],
  ['mechanical_tilt', -5, 20, 0.5],
  ['electrical_tilt', -5, 20, 0.5],
  ['power', 20, 56, 0.5],
  ['height', 3, 100, 0.5],
]

export function useEditing() {
  const study = ref<number | null>(null)
  const session = ref<string | null>(null)
  const cell = shallowRef<Editable | null>(null)
  const values = ref<CellValues | null>(null)
  const operator = ref<number | null>(null)
  const effect = shallowRef<Effect | null>(null)
  const changed = reactive(new Map<string, string>())
  const busy = ref(false)
  /** What the server has taken of the open cell's values: what a refused try falls back to. */
  let accepted: CellValues | null = null
  let beginning: Promise<string> | null = null
  let waiting: { code: string; values: Partial<CellValues> } | null = null
  const isChanged = computed(() => (effect.value?.cells ?? 0) > 0)

  /** Opens a cell of a study; a session begun on another study is given up first. */
  async function open(studyId: number, code: string): Promise<void> {
    if (study.value !== studyId) discard()
    study.value = studyId
    try {
      const read = await get<Editable>(`/coverage/${studyId}/cells/${code}`, { session: session.value })
      cell.value = read
      operator.value = read.operator_id
      values.value = accepted = { ...read.values }
      if (read.may_write) void begin(code).catch(say)
    } catch (thrown) {
      say(thrown)
    }
  }
  /** Begins a session once; the server gets ready for the cell while its values are looked at. */
  async function begin(code: string): Promise<string> {
    if (session.value) return session.value
    beginning ??= write<{ session: string }>('POST', `/coverage/${study.value}/sessions`, { code }).then(
      (answer) => (session.value = answer.session),
    )
    try {
      return await beginning
    } finally {
      beginning = null
    }
  }
  /** Tries values; while one try is being computed the newest of those that follow waits, the others are dropped. */
  function attempt(wanted: Partial<CellValues>): void {
    if (!cell.value || !values.value) return
    values.value = { ...values.value, ...wanted }
    const same = waiting?.code === cell.value.code ? waiting.values : {}
    waiting = { code: cell.value.code, values: { ...same, ...wanted } }
    if (!busy.value) void drain()
  }
  async function drain(): Promise<void> {
    busy.value = true
    try {
      const id = await begin(cell.value?.code ?? '')
      for (let next = waiting; next; next = waiting) {
        waiting = null
        effect.value = await write<Effect>('PATCH', `/coverage/sessions/${id}/cells/${next.code}`, next.values)
        if (cell.value?.code === next.code && accepted) accepted = { ...accepted, ...next.values }
        changed.set(next.code, cell.value?.code === next.code ? cell.value.name : (changed.get(next.code) ?? next.code))
      }
    } catch (thrown) {
      waiting = null
      values.value = accepted && { ...accepted }
      say(thrown)
      forgetIfGone(thrown)
    } finally {
      busy.value = false
    }
  }
  function forgetIfGone(thrown: unknown): void {
    if ((thrown as { status?: number }).status === 404) forget()
  }
  function forget(): void {
    session.value = null
    effect.value = null
    changed.clear()
    waiting = null
  }
  /** Writes the changed cells to the register; answers whether it was done. */
  async function apply(): Promise<boolean> {
    if (!session.value) return false
    busy.value = true
    try {
      await write('POST', `/coverage/sessions/${session.value}/apply`)
      end(session.value)
      forget()
      close()
      return true
    } catch (thrown) {
      say(thrown)
      forgetIfGone(thrown)
      return false
    } finally {
      busy.value = false
    }
  }
  /** Gives the session up; the register stays as it is. */
  function discard(): void {
    const id = session.value
    forget()
    close()
    if (id) end(id)
  }
  /** Tiles of the session that are on their way still arrive before it goes. */
  function end(id: string): void {
    setTimeout(() => void write('DELETE', `/coverage/sessions/${id}`).catch(() => undefined), 5000)
  }
  function close(): void {
    cell.value = null
    values.value = accepted = null
  }
  return {
    session,
    operator,
    cell,
    values,
    effect,
    changed,
    isChanged,
    forgetIfGone,
    busy,
    open,
    attempt,
    apply,
    discard,
    close,
  }
}
export type Editing = ReturnType<typeof useEditing>
