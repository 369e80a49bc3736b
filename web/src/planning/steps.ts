/** Steps by which a person adjusts a plan: a candidate fixed, ruled out or moved, and what takes a step back. */
import type { Moved, Parameters, Pin } from './types'

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
