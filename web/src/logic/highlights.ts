/** Marks in a text: offsets that overlap become runs of plain text, each knowing which marks lie on it. */

export interface Mark {
  id: string
  start: number
  end: number
}
export interface Run {
  start: number
  end: number
  text: string
  marks: string[]
}
export interface Paragraph {
  start: number
  end: number
  runs: Run[]
}

/**
 * Returns a function from offsets counted in characters (as the server counts) to offsets in this language's strings,
 * where a rare character takes two places.
 */
export function offsetsOf(text: string): (offset: number) => number {
  const wide: number[] = []
  let count = 0
  for (const character of text) {
    if (character.length === 2) wide.push(count)
    count += 1
  }
  if (!wide.length) return (offset) => offset
  return (offset) => offset + wide.filter((place) => place < offset).length
}

/** The inverse of {@link offsetsOf}: from places in a string to characters. */
export function charactersOf(text: string): (place: number) => number {
  return (place) => [...text.slice(0, place)].length
}

function bounds(start: number, end: number, marks: Mark[]): number[] {
  const cuts = new Set([start, end])
  for (const mark of marks) {
    if (mark.start > start && mark.start < end) cuts.add(mark.start)
    if (mark.end > start && mark.end < end) cuts.add(mark.end)
  }
  return [...cuts].sort((one, other) => one - other)
}

/** Cuts `text[start:end]` at every mark's edge; the marks of a run stand from the shortest to the longest. */
export function runsOf(text: string, start: number, end: number, marks: Mark[]): Run[] {
  const near = marks.filter((mark) => mark.start < end && mark.end > start && mark.end > mark.start)
  near.sort((one, other) => one.end - one.start - (other.end - other.start))
  const cuts = bounds(start, end, near)
  return cuts.slice(0, -1).map((from, index) => {
    const to = cuts[index + 1] as number
    const over = near.filter((mark) => mark.start <= from && mark.end >= to)
    return { start: from, end: to, text: text.slice(from, to), marks: over.map((mark) => mark.id) }
  })
}

/** Splits a text at line ends into paragraphs of runs; empty lines are left out, offsets stay those of the whole. */
export function paragraphsOf(text: string, marks: Mark[]): Paragraph[] {
  const paragraphs: Paragraph[] = []
  let start = 0
  for (const line of text.split('\n')) {
    const end = start + line.length
    if (line.trim()) paragraphs.push({ start, end, runs: runsOf(text, start, end, marks) })
    start = end + 1
  }
  return paragraphs
}

/** Chooses the mark a click means: the shortest, and on each further click the next longer one. */
export function nextMark(marks: string[], current: string | null): string | null {
  if (!marks.length) return null
  const place = current === null ? -1 : marks.indexOf(current)
  return marks[(place + 1) % marks.length] as string
}
