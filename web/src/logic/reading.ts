/** Checking a reading: the targets and tasks of one plan, what a person changes in them, and the way back. */
import { computed, ref, shallowRef } from 'vue'
import { get, write } from '../api/client'
import type { Assignment, BindingStatus, ReadingStatus, Target, Task } from '../api/types'
import { figureIn } from './numbers'

export type Side = 'target' | 'task'
/** Words of the text with their place, in characters. */
export interface Place {
  quote: string
  start: number
  end: number
}
export interface Chosen {
  side: Side
  id: number
}
export type TargetFields = Pick<
  Target,
  'name' | 'kind' | 'comparator' | 'value' | 'value_to' | 'unit' | 'year' | 'scope'
>
export interface TaskFields {
  heading: string
  deadline: string | null
  assignments: Assignment[]
}
export interface Binding {
  indicator: string | null
  status: BindingStatus
  area_id: number | null
  owner_id: number | null
}

const targetKeys = ['name', 'kind', 'comparator', 'value', 'value_to', 'unit', 'year', 'scope'] as const

/** The fields of a target that a person may change. */
export function targetFields(target: Target): TargetFields {
  return Object.fromEntries(targetKeys.map((key) => [key, target[key]])) as unknown as TargetFields
}

/** A target to begin with from words of the text: their first figure, due at the end of the plan. */
export function newTarget(quote: string, year: number | null): TargetFields {
  const figure = figureIn(quote)
  const number = { comparator: '>=', value: figure?.value ?? null, value_to: null, unit: figure?.unit ?? '' }
  return { name: quote.slice(0, 40), kind: 'target', ...number, year, scope: '' }
}

/** The fields of a task that a person may change. */
export function taskFields(task: Task): TaskFields {
  return { heading: task.heading, deadline: task.deadline, assignments: task.assignments.map((one) => ({ ...one })) }
}

/** The name of a mark in the text: its side and its number. */
export const markOf = (chosen: Chosen): string => `${chosen.side}-${chosen.id}`

/** The chosen thing that a mark's name stands for. */
export function chosenOf(mark: string): Chosen {
  const [side, id] = mark.split('-') as [Side, string]
  return { side, id: Number(id) }
}

/** Whether a person has looked at it: anything but as the machine read it. */
export const isChecked = (status: ReadingStatus): boolean => status !== 'read'

/** In the order of the text. */
function inPlace<T extends { start: number; end: number }>(rows: T[]): T[] {
  return [...rows].sort((one, other) => one.start - other.start || one.end - other.end)
}

/** Everything the page of a plan may do with its reading. */
export function useReading(planId: () => number) {
  const targets = shallowRef<Target[]>([])
  const tasks = shallowRef<Task[]>([])
  const undone = ref<(() => Promise<void>)[]>([])
  const canUndo = computed(() => undone.value.length > 0)

  async function load(signal?: AbortSignal): Promise<void> {
    const [read, assigned] = await Promise.all([
      get<Target[]>(`/plans/${planId()}/targets`, {}, signal),
      get<Task[]>(`/plans/${planId()}/tasks`, {}, signal),
    ])
    targets.value = inPlace(read)
    tasks.value = inPlace(assigned)
    undone.value = []
  }
  function putTarget(changed: Target): void {
    targets.value = inPlace([...targets.value.filter((one) => one.id !== changed.id), changed])
  }
  function putTask(changed: Task): void {
    tasks.value = inPlace([...tasks.value.filter((one) => one.id !== changed.id), changed])
  }
  async function patchTarget(id: number, body: object): Promise<void> {
    putTarget(await write<Target>('PATCH', `/targets/${id}`, body))
  }
  async function patchTask(id: number, body: object): Promise<void> {
    putTask(await write<Task>('PATCH', `/tasks/${id}`, body))
  }
  async function bindTarget(id: number, binding: Binding): Promise<void> {
    putTarget(await write<Target>('PUT', `/targets/${id}/binding`, binding))
  }

  async function setStatus({ side, id }: Chosen, status: ReadingStatus): Promise<void> {
    const rows: { id: number; status: ReadingStatus }[] = side === 'target' ? targets.value : tasks.value
    const before = rows.find((one) => one.id === id)?.status
    if (before === undefined || before === status) return
    const patch = side === 'target' ? patchTarget : patchTask
    await patch(id, { status })
    undone.value.push(() => patch(id, { status: before }))
  }
  async function editTarget(target: Target, fields: TargetFields): Promise<void> {
    const before = { ...targetFields(target), status: target.status }
    await patchTarget(target.id, fields)
    undone.value.push(() => patchTarget(target.id, before))
  }
  async function editTask(task: Task, fields: TaskFields): Promise<void> {
    const before = { ...taskFields(task), status: task.status }
    await patchTask(task.id, fields)
    undone.value.push(() => patchTask(task.id, before))
  }
  async function addTarget(place: Place, fields: TargetFields): Promise<Chosen> {
    const added = await write<Target>('POST', `/plans/${planId()}/targets`, { ...place, ...fields })
    putTarget(added)
    undone.value.push(() => patchTarget(added.id, { status: 'dismissed' }))
    return { side: 'target', id: added.id }
  }
  async function addTask(place: Omit<Place, 'quote'>, section: string, fields: TaskFields): Promise<Chosen> {
    const { heading, assignments } = fields
    const added = await write<Task>('POST', `/plans/${planId()}/tasks`, { ...place, section, heading, assignments })
    putTask(added)
    undone.value.push(() => patchTask(added.id, { status: 'dismissed' }))
    return { side: 'task', id: added.id }
  }
  async function bind(target: Target, binding: Binding): Promise<void> {
    const before: Binding = {
      indicator: target.indicator,
      status: target.binding_status,
      area_id: target.area_id,
      owner_id: target.owner_id,
    }
    await bindTarget(target.id, binding)
    if (before.indicator && before.status !== 'none') undone.value.push(() => bindTarget(target.id, before))
  }
  async function bindAll(leastConfidence: number): Promise<number> {
    const { confirmed } = await write<{ confirmed: number }>('POST', `/plans/${planId()}/bindings/confirm`, {
      least_confidence: leastConfidence,
    })
    targets.value = inPlace(await get<Target[]>(`/plans/${planId()}/targets`))
    return confirmed
  }
  /** Takes back the last change; false where there is none. */
  async function undo(): Promise<boolean> {
    const last = undone.value.pop()
    if (!last) return false
    await last()
    return true
  }
  return { targets, tasks, canUndo, load, setStatus, editTarget, editTask, addTarget, addTask, bind, bindAll, undo }
}
export type Reading = ReturnType<typeof useReading>
