/** Streets of a merging plan: how they are sorted, and their poles and moves as the map draws them. */
import type { FeatureCollection } from 'geojson'
import type { Street, StreetDetail } from './types'

export const saved = (one: { poles_before: number; poles_after: number }): number => one.poles_before - one.poles_after

export type StreetOrder = 'saved' | 'share' | 'cost' | 'road'

/** Streets in an order: most poles saved first, in number or in share; dearest first; or by name. */
export function sortedStreets(streets: Street[], order: StreetOrder): Street[] {
  const value: Record<StreetOrder, (one: Street, other: Street) => number> = {
    saved: (one, other) => saved(other) - saved(one),
    share: (one, other) => saved(other) / other.poles_before - saved(one) / one.poles_before,
    cost: (one, other) => other.cost - one.cost,
    road: (one, other) => one.road.localeCompare(other.road, 'zh'),
  }
  return [...streets].sort((one, other) => value[order](one, other) || one.street - other.street)
}

/** The poles of a street as points, those that go above those that stay. */
export function drawnPoles(street: StreetDetail): FeatureCollection {
  const inOrder = [...street.poles].sort(
    (one, other) => Number(one.state === 'removed') - Number(other.state === 'removed'),
  )
  return {
    type: 'FeatureCollection',
    features: inOrder.map(({ code, state, longitude, latitude }) => ({
      type: 'Feature',
      properties: { code, state },
      geometry: { type: 'Point', coordinates: [longitude, latitude] },
    })),
  }
}

/** A line from the old pole to the new one for each device that moves; one that is taken down has none. */
export function drawnMoves(street: StreetDetail): FeatureCollection {
  const places = new Map(street.poles.map((one) => [one.code, [one.longitude, one.latitude]]))
  return {
    type: 'FeatureCollection',
    features: street.moving.flatMap((one) => {
      const [from, to] = [places.get(one.from_pole), one.to_pole === null ? undefined : places.get(one.to_pole)]
      if (!from || !to) return []
      return [
        {
          type: 'Feature' as const,
          properties: { code: one.code },
          geometry: { type: 'LineString' as const, coordinates: [from, to] },
        },
      ]
    }),
  }
}

/** West, south, east and north of a street's poles; null where it has none. */
export function streetBounds(street: StreetDetail): [number, number, number, number] | null {
  if (!street.poles.length) return null
  const [x, y] = [street.poles.map((one) => one.longitude), street.poles.map((one) => one.latitude)]
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)]
}
