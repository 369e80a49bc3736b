/** Colours of the years in which sites are built, the same on the map, in its legend and in tables. */
import type { ExpressionSpecification } from 'maplibre-gl'

/** From the first year to later ones; each keeps 3:1 against paper and is told from its neighbours without hue. */
export const yearColours = ['#172a54', '#1d6fa5', '#0f8a6b', '#a86a00', '#b4342d', '#7b3f98', '#4d5660']

/** The colour of a year; years past the last colour share it. */
export function yearColour(year: number, first: number): string {
  const place = Math.min(Math.max(year - first, 0), yearColours.length - 1)
  return yearColours[place] as string
}

/** The colours of years as the map reads them from a feature's `year`. */
export function yearExpression(years: number[], first: number): ExpressionSpecification | string {
  if (!years.length) return yearColours[0] as string
  const pairs = years.flatMap((year) => [year, yearColour(year, first)])
  return ['match', ['get', 'year'], ...pairs, yearColours.at(-1)] as unknown as ExpressionSpecification
}
