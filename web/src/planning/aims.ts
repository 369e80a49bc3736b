/** What the targets of a plan count. */
import type { TargetRow } from './types'

/** Whether a target asks for a share of a number that is known. */
export function isShare(row: TargetRow): row is TargetRow & { total: number } {
  return Boolean(row.total)
}

/** Sites that are built, or places that they serve. */
export const counted = (row: Pick<TargetRow, 'scope'>): 'sites' | 'places' =>
  row.scope === 'sites' ? 'sites' : 'places'
