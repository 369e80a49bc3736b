/** What differs between two states of a record. */
import type { Change } from '../api/types'

export interface ChangedField {
  key: string
  before: unknown
  after: unknown
}

const unseen = new Set(['version', 'morton', 'changed_in', 'created_in', 'id', 'kind'])

function flat(record: Record<string, unknown>): Record<string, unknown> {
  const { attributes, ...rest } = record
  return { ...rest, ...(attributes && typeof attributes === 'object' ? attributes : {}) }
}

/** The fields that differ between two records, attributes beside common fields. */
export function differences(before: Record<string, unknown>, after: Record<string, unknown>): ChangedField[] {
  const [was, is] = [flat(before), flat(after)]
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((key) => !unseen.has(key) && JSON.stringify(was[key] ?? null) !== JSON.stringify(is[key] ?? null))
    .map((key) => ({ key, before: was[key] ?? null, after: is[key] ?? null }))
}

/** The fields that one entry of a history changed. */
export function changedFields(change: Change): ChangedField[] {
  return differences(change.before ?? {}, change.after ?? {})
}
