/** The overview's rows: narrowed, ordered, grouped and written out. */
import type { OverviewRow, StatusKey } from '../api/types'

/** From what needs a person first to what needs none. */
export const urgency: StatusKey[] = [
  'seriously_lagging',
  'lagging',
  'data_too_old',
  'no_data',
  'not_started',
  'on_schedule',
  'ahead',
  'achieved',
]

export type Order = 'document' | 'urgency' | 'attainment' | 'schedule'
export interface Narrowing {
  chapter: string
  status: string
  words: string
}
export interface Group {
  plan: string
  chapter: string
  rows: OverviewRow[]
}

/** Keeps the rows of a chapter and of words; the status is left to {@link ofStatus}, so that counts can be made. */
export function narrowed(rows: OverviewRow[], { chapter, words }: Omit<Narrowing, 'status'>): OverviewRow[] {
  const wanted = words.trim().toLowerCase()
  return rows.filter(
    (row) =>
      (!chapter || row.chapter === chapter) &&
      (!wanted || `${row.target.name}${row.target.scope}${row.target.quote}`.toLowerCase().includes(wanted)),
  )
}

/** Keeps the rows of one status; all where none is named. */
export function ofStatus(rows: OverviewRow[], status: string): OverviewRow[] {
  return status ? rows.filter((row) => row.status === status) : rows
}

/** Counts rows by status. */
export function counted(rows: OverviewRow[]): Map<StatusKey, number> {
  const counts = new Map<StatusKey, number>()
  for (const row of rows) counts.set(row.status, (counts.get(row.status) ?? 0) + 1)
  return counts
}

const rank = (row: OverviewRow, order: Order): number => {
  if (order === 'urgency') return urgency.indexOf(row.status)
  const value = order === 'attainment' ? row.attainment : row.schedule_index
  return value ?? Number.POSITIVE_INFINITY
}

/** Puts rows in order; equal ones keep the document's. */
export function ordered(rows: OverviewRow[], order: Order): OverviewRow[] {
  return order === 'document' ? rows : [...rows].sort((one, other) => rank(one, order) - rank(other, order) || 0)
}

/** Groups neighbours of one plan and chapter; in any order but the document's there is a single group. */
export function grouped(rows: OverviewRow[], order: Order): Group[] {
  if (order !== 'document') return rows.length ? [{ plan: '', chapter: '', rows }] : []
  const groups = new Map<string, Group>()
  for (const row of rows) {
    const key = `${row.target.plan_id}\n${row.chapter}`
    const group = groups.get(key) ?? { plan: row.plan_title, chapter: row.chapter, rows: [] }
    group.rows.push(row)
    groups.set(key, group)
  }
  return [...groups.values()]
}
