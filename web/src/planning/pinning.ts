/** What a person fixes, rules out or moves: each step is solved anew for its district, and each can be taken back. */
import { computed, ref, shallowRef } from 'vue'
import { write } from '../api/client'
import { say } from '../logic/say'
import { after, inverse, type Step } from './steps'
import type { Parameters, PinAnswer, Scenario } from './types'

type Place = [number, number]
export interface Effect {
  milliseconds: number
  /** Where sites were added, and where they were taken away. */
  added: Place[]
  removed: Place[]
  /** Change of the objective as a share of what it was. */
  change: number
  district: number
}

/** Steps on one plan; `placeOf` says where a chosen site stands, `answered` is told what the server answers. */
export function usePinning(
  placeOf: (candidate: string) => Place | null,
  answered: (answer: PinAnswer, parameters: Parameters) => void,
) {
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
        added: answer.added.map((one): Place => [one.longitude, one.latitude]),
        removed: answer.removed.map(placeOf).filter((at): at is Place => at !== null),
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
