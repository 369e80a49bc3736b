/** Which job computes a scenario. */
import type { Job } from '../api/types'
import type { Scenario } from './types'

/** The running job of a scenario: the one it names, else the one of its kind whose title ends with its name. */
export function jobOf(scenario: Scenario | null, running: Job[]): Job | null {
  if (!scenario) return null
  if (scenario.job_id !== null) return running.find((one) => Number(one.id) === scenario.job_id) ?? null
  return running.find((one) => one.kind === scenario.kind && one.title.endsWith(`：${scenario.name}`)) ?? null
}
