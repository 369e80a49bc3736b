/** What a person fixes, rules out or moves: each step is solved anew for its district, and each can be taken back. */
import { computed, ref, shallowRef } from 'vue'
import { write } from '../api/client'
import { say } from '../logic/say'
import type { Moved, Parameters, Pin, PinAnswer, Scenario } from './types'

export type Step = { candidate: string; pin: Pin | null } | { candidate: string; moved: Moved | null }

/** The step that brings back what a candidate was before another step. */
export function inverse(step: Step, before: Pick<Parameters, 'pins' | 'moves'>): Step {
  const { candidate } = step
  if ('pin' in step) return { candidate, pin: before.pins?.[candidate] ?? null }
  return { candidate, moved: before.moves?.[candidate] ?? null }
}

/** Parameters after a step; a pin or a move of null is forgotten. */
export function after(step: Step, before: Parameters): Parameters {
  const [key, value] = 'pin' in step ? (['pins', step.pin] as const) : (['moves', step.moved] as const)
  const { [step.candidate]: _gone, ...rest } = (before[key] ?? {}) as Record<string, unknown>
  return { ...before, [key]: value === null ? rest : { ...rest, [step.candidate]: value } }
}

export interface Adjusted {
  candidate: string
  pin: Pin | null
  moved: boolean
}

/** Every candidate that a person has fixed, ruled out or moved. */
export function adjustedOf(parameters: Parameters): Adjusted[] {
  const { pins = {}, moves = {} } = parameters
  const keys = [...new Set([...Object.keys(pins), ...Object.keys(moves)])]
  return keys.map((candidate) => ({ candidate, pin: pins[candidate] ?? null, moved: candidate in moves }))
}

export interface Effect {
  milliseconds: number
  added: number
  removed: number
  /** Change of the objective as a share of what it was. */
  change: number
  district: number
}

/** Steps on one plan; `answered` is told what the server answers. */
export function usePinning(answered: (answer: PinAnswer, parameters: Parameters) => void) {
  const busy = ref(false)
  const effect = shallowRef<Effect | null>(null)
  const past = ref<Step[]>([])

  async function send(scenario: Scenario, step: Step, objective: number): Promise<boolean> {
    busy.value = true
    try {
      const answer = await write<PinAnswer>('PATCH', `/scenarios/${scenario.id}/pins`, {
        ...step,
        version: scenario.version,
      })
      effect.value = {
        milliseconds: answer.milliseconds,
        added: answer.added.length,
        removed: answer.removed.length,
        change: objective ? (answer.objective - objective) / objective : 0,
        district: answer.district_id,
      }
      answered(answer, after(step, scenario.parameters))
      return true
    } catch (thrown) {
      say(thrown)
      return false
    } finally {
      busy.value = false
    }
  }
  async function take(scenario: Scenario, step: Step, objective: number): Promise<void> {
    const back = inverse(step, scenario.parameters)
    if (await send(scenario, step, objective)) past.value.push(back)
  }
  async function undo(scenario: Scenario, objective: number): Promise<void> {
    const step = past.value.at(-1)
    if (step && (await send(scenario, step, objective))) past.value.pop()
  }
  function forget(): void {
    past.value = []
    effect.value = null
  }
  return { busy, effect, canUndo: computed(() => past.value.length > 0), take, undo, forget }
}
