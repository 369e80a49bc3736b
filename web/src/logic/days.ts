/** How days and moments are written. Days are plain `YYYY-MM-DD` texts throughout. */

const zoned = /(?:Z|[+-]\d\d:?\d\d)$/

/** Writes a moment of the server's clock, which is UTC unless it says otherwise, as local day and minute. */
export function formatMoment(moment: string | null | undefined): string {
  if (!moment) return '—'
  const at = new Date(zoned.test(moment) ? moment : `${moment}Z`)
  if (Number.isNaN(at.getTime())) return moment
  const two = (part: number): string => String(part).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`
}

/** Counts days since 1970 of a `YYYY-MM-DD`. */
export function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 86_400_000
}
