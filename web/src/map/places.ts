/** Where an area's name stands: the centroid of its largest ring. */
import type { Feature, FeatureCollection, MultiPolygon, Point, Polygon, Position } from 'geojson'

interface Ring {
  area: number
  centre: Position
}

function ringOf(ring: Position[]): Ring {
  let [twice, x, y] = [0, 0, 0]
  ring.slice(0, -1).forEach(([x0 = 0, y0 = 0], index) => {
    const [x1 = 0, y1 = 0] = ring[index + 1] as Position
    const cross = x0 * y1 - x1 * y0
    twice += cross
    x += (x0 + x1) * cross
    y += (y0 + y1) * cross
  })
  const centre = twice === 0 ? (ring[0] as Position) : [x / (3 * twice), y / (3 * twice)]
  return { area: Math.abs(twice) / 2, centre }
}

/** The point for a polygon's name. */
export function namePlace(shape: Polygon | MultiPolygon): Position {
  const outer = shape.type === 'Polygon' ? [shape.coordinates[0]] : shape.coordinates.map((one) => one[0])
  const rings = outer.filter((ring): ring is Position[] => ring !== undefined && ring.length > 2).map(ringOf)
  return rings.sort((one, other) => other.area - one.area)[0]?.centre ?? [0, 0]
}

/** One named point for each area. */
export function namePlaces(areas: FeatureCollection): FeatureCollection<Point> {
  const features = areas.features.map((area): Feature<Point> => ({
    type: 'Feature',
    properties: area.properties,
    geometry: { type: 'Point', coordinates: namePlace(area.geometry as Polygon | MultiPolygon) },
  }))
  return { type: 'FeatureCollection', features }
}

/** The bounds of one area's outline; null where it has none. */
export function boundsOf(areas: FeatureCollection, id: number): [number, number, number, number] | null {
  const found = areas.features.find((one) => one.properties?.id === id)
  if (!found) return null
  const shape = found.geometry as Polygon | MultiPolygon
  const points = shape.type === 'Polygon' ? shape.coordinates.flat() : shape.coordinates.flat(2)
  const [x, y] = [points.map((one) => one[0] ?? 0), points.map((one) => one[1] ?? 0)]
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)]
}
