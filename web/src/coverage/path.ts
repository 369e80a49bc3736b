/** A path profile as lines of a drawing: terrain, what stands on it, the line of sight and its Fresnel zone. */
import type { PathAnswer } from './types'

export interface Frame {
  width: number
  height: number
  left: number
  right: number
  top: number
  bottom: number
}
export interface PathDrawing {
  terrain: string
  buildings: string
  sight: string
  zone: string
  obstacles: { x: number; y: number; base: number }[]
  mast: { x: number; y: number; foot: number }
  receiver: { x: number; y: number; foot: number }
  across: { at: number; label: string }[]
  up: { at: number; label: string }[]
  /** The place in the profile nearest to a distance from the left edge of the drawing. */
  indexAt: (x: number) => number
  x: (distance: number) => number
  y: (height: number) => number
}

const tidy = (value: number): string => (Math.round(value * 10) / 10).toString()

/** Round steps, about `count` of them, over a range. */
export function steps(from: number, to: number, count: number): number[] {
  const rough = Math.max(to - from, 1e-9) / count
  const size = 10 ** Math.floor(Math.log10(rough))
  const step = size * ([1, 2, 5, 10].find((one) => one * size >= rough) ?? 10)
  const first = Math.ceil(from / step) * step
  return Array.from({ length: Math.floor((to - first) / step + 1e-9) + 1 }, (_, index) => first + index * step)
}

/** Draws a profile into a frame; heights begin a little below the lowest ground. */
export function drawPath(path: PathAnswer, frame: Frame): PathDrawing {
  const { distance, terrain, surface, sight, fresnel } = path.points
  const last = distance.length - 1
  const far = Math.max(distance[last] ?? 1, 1)
  const lowest = Math.min(...terrain)
  const highest = Math.max(...surface, ...sight.map((one, index) => one + (fresnel[index] ?? 0)))
  const margin = Math.max((highest - lowest) * 0.08, 2)
  const [low, high] = [lowest - margin, highest + margin]
  const x = (one: number): number => frame.left + ((frame.width - frame.left - frame.right) * one) / far
  const y = (one: number): number =>
    frame.top + (frame.height - frame.top - frame.bottom) * (1 - (one - low) / (high - low))
  const line = (heights: number[]): string =>
    heights.map((one, index) => `${index ? 'L' : 'M'}${tidy(x(distance[index]!))} ${tidy(y(one))}`).join('')
  const floor = tidy(frame.height - frame.bottom)
  const closed = (heights: number[]): string => `${line(heights)}L${tidy(x(far))} ${floor}L${tidy(x(0))} ${floor}Z`
  /** Buildings as the map has them: one block for each of its cells that has a roof. */
  const blocks = surface.map((roof, index) => {
    const ground = terrain[index]!
    if (roof - ground < 0.5) return ''
    const from = index ? (distance[index - 1]! + distance[index]!) / 2 : 0
    const to = index < last ? (distance[index]! + distance[index + 1]!) / 2 : far
    return `M${tidy(x(from))} ${floor}V${tidy(y(roof))}H${tidy(x(to))}V${floor}Z`
  })
  const upper = sight.map((one, index) => one + (fresnel[index] ?? 0))
  const lower = sight.map((one, index) => one - (fresnel[index] ?? 0))
  const back = lower.map((one, index) => `L${tidy(x(distance[index]!))} ${tidy(y(one))}`).reverse()
  const nearest = (one: number): number => {
    const wanted = ((one - frame.left) / (frame.width - frame.left - frame.right)) * far
    const found = distance.findIndex((each) => each >= wanted)
    return found < 0 ? last : found
  }
  return {
    terrain: closed(terrain),
    buildings: blocks.join(''),
    sight: `M${tidy(x(0))} ${tidy(y(sight[0]!))}L${tidy(x(far))} ${tidy(y(sight[last]!))}`,
    zone: `${line(upper)}${back.join('')}Z`,
    obstacles: path.obstacles.map((one) => ({
      x: x(one.distance),
      y: y(one.height),
      base: y(terrain[nearest(x(one.distance))] ?? lowest),
    })),
    mast: { x: x(0), y: y(sight[0]!), foot: y(terrain[0]!) },
    receiver: { x: x(far), y: y(sight[last]!), foot: y(terrain[last]!) },
    across: steps(0, far, Math.max(Math.floor(frame.width / 110), 2)).map((one) => ({
      at: x(one),
      label: `${Math.round(one)}`,
    })),
    up: steps(low, high, 4).map((one) => ({ at: y(one), label: `${Math.round(one)}` })),
    indexAt: nearest,
    x,
    y,
  }
}
