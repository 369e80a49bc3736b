/** Which steps of approval can be decided now, and how late they are. */
import { dayNumber } from '../logic/days'
import type { Approval } from './types'

/** Whether a step has begun and waits for its decision. */
export const isOpen = (row: Approval): boolean => row.decision === 'waiting' && row.begun_on !== null

/** By how many days a step is past its day. */
export function daysLate(row: Pick<Approval, 'due_on'>, today: string): number {
  return row.due_on === null ? 0 : Math.max(0, dayNumber(today) - dayNumber(row.due_on))
}

/** Whether a decision may be taken back: no later step of the same resource in view has been decided. */
export function onlyNow(row: Approval, rows: Approval[]): boolean {
  return !rows.some(
    (one) => one.resource_code === row.resource_code && one.position > row.position && one.decision !== 'waiting',
  )
}
