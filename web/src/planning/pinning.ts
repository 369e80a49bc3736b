/** What a person fixes, rules out or moves: each step is solved anew for its district, and each can be taken back. */
import { computed, ref, shallowRef } from 'vue'
import { write } from '../api/client'
import { say } from '../logic/say'
import { after, changes, inverse, type ChangedSite, type Changes, type Step } from './steps'
import type { BuildSummary, Parameters, PinAnswer, Scenario } from './types'

export interface Effect extends Changes {
  milliseconds: number
  /** What all of it costs more than before, in yuan. */
  capital: number
  /** Change of the objective as a share of what it was. */
  change: number
  district: number
}

type Before = Pick<BuildSummary, 'objective' | 'capital'>

/** Steps on one plan; `siteOf` knows the sites that are chosen now, `answered` is told what the server answers. */
export function usePinning(
  siteOf: (candidate: string) => ChangedSite | null,
  answered: (answer: PinAnswer, parameters: Parameters) => void,
) {
  const busy = ref(false)
  const effect = shallowRef<Effect | null>(null)
  const past = ref<Step[]>([])

  async function send(scenario: Scenario, step: Step, { objective, capital }: Before): Promise<boolean> {
    busy.value = true
    try {
      const answer = await write<PinAnswer>('PATCH', `/scenarios/${scenario.id}/pins`, {
        ...step,
        version: scenario.version,
      })
      const before = new Map(
        [step.candidate, ...answer.removed].flatMap((key) => {
          const site = siteOf(key)
          return site ? [[key, site] as const] : []
        }),
      )
      effect.value = {
        milliseconds: answer.milliseconds,
        ...changes(step, answer, before),
        capital: answer.summary.capital - capital,
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
  async function take(scenario: Scenario, step: Step, facts: Before): Promise<void> {
    const back = inverse(step, scenario.parameters)
    if (await send(scenario, step, facts)) past.value.push(back)
  }
  async function undo(scenario: Scenario, facts: Before): Promise<void> {
    const step = past.value.at(-1)
    if (step && (await send(scenario, step, facts))) past.value.pop()
  }
  function forget(): void {
    past.value = []
    effect.value = null
  }
  /** Puts the list of changes away; the steps can still be taken back. */
  function settle(): void {
    effect.value = null
  }
  return { busy, effect, settle, canUndo: computed(() => past.value.length > 0), take, undo, forget }
}
