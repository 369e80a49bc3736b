/** Steps by which a person adjusts a plan: a candidate fixed, ruled out or moved, and what takes a step back. */
import type { Moved, Parameters, Pin, PinAnswer } from './types'

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

export type Place = [number, number]
/** A site that a step added, took away or moved. */
export interface ChangedSite {
  candidate: string
  name: string
  at: Place
  capital: number
}
export interface Changes {
  added: ChangedSite[]
  removed: ChangedSite[]
  moved: ChangedSite[]
}

/** What a step changed: a candidate that was moved, and is chosen before and after, is neither added nor taken away. */
export function changes(
  step: Step,
  answer: Pick<PinAnswer, 'added' | 'removed'>,
  before: ReadonlyMap<string, ChangedSite>,
): Changes {
  const own = 'moved' in step ? step.candidate : null
  const added = answer.added.map((one): ChangedSite => ({
    candidate: one.candidate,
    name: one.name,
    at: [one.longitude, one.latitude],
    capital: one.capital,
  }))
  const stays =
    own !== null && before.has(own) && !(answer.removed.includes(own) && !added.some((one) => one.candidate === own))
  const moved = stays ? (added.find((one) => one.candidate === own) ?? before.get(own)) : undefined
  return {
    added: added.filter((one) => !stays || one.candidate !== own),
    removed: answer.removed.filter((key) => !stays || key !== own).flatMap((key) => before.get(key) ?? []),
    moved: moved ? [moved] : [],
  }
}
