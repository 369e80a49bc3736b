/** Columns of a table as data: what each is called, what stands in it, and how it is set. */
export interface Column<Row> {
  /** Names the slot that draws its cells where words alone do not do. */
  key: string
  name: string
  /** Figures stand to the right. */
  number?: boolean
  value?: (row: Row) => string | number | null
  /** What follows the value in a softer ink. */
  note?: (row: Row) => string
  tone?: (row: Row) => 'good' | 'bad' | ''
  /** What a pointer at rest is told. */
  hint?: (row: Row) => string
  /** Where a table becomes cards on a phone: takes the whole line, or says what its figure is. */
  wide?: boolean
  told?: boolean
}
