/** The small line of a target: where it should be by now (path) and where it is (series), in one box. */
import type { Point } from '../api/types'
import { dayNumber } from './days'

export interface Lines {
  path: string
  series: string
  last: { x: number; y: number } | null
  now: number | null
}

interface Scale {
  x: (day: string) => number
  y: (value: number) => number
}

function known(points: Point[]): { day: string; value: number }[] {
  return points.filter((one): one is { day: string; value: number } => one.value !== null)
}

function scale(points: { day: string; value: number }[], width: number, height: number, margin: number): Scale {
  const days = points.map((one) => dayNumber(one.day))
  const values = points.map((one) => one.value)
  const [firstDay, lastDay] = [Math.min(...days), Math.max(...days)]
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const across = (width - 2 * margin) / (lastDay - firstDay || 1)
  const up = (height - 2 * margin) / (high - low || 1)
  return {
    x: (day) => margin + (dayNumber(day) - firstDay) * across,
    y: (value) => (high === low ? height / 2 : height - margin - (value - low) * up),
  }
}

function line(points: { day: string; value: number }[], at: Scale): string {
  return points
    .map((one, index) => `${index ? 'L' : 'M'}${at.x(one.day).toFixed(1)} ${at.y(one.value).toFixed(1)}`)
    .join('')
}

/** Draws both lines as SVG paths in a box of `width` × `height`; null where there is nothing to draw. */
export function pathLines(
  path: Point[],
  series: Point[],
  asOf: string | null,
  width: number,
  height: number,
  margin = 3,
): Lines | null {
  const [planned, actual] = [known(path), known(series)]
  const all = [...planned, ...actual]
  if (all.length < 2) return null
  const at = scale(all, width, height, margin)
  const last = actual.at(-1)
  const now = asOf === null ? null : Math.min(Math.max(at.x(asOf), margin), width - margin)
  return {
    path: line(planned, at),
    series: line(actual, at),
    last: last ? { x: at.x(last.day), y: at.y(last.value) } : null,
    now,
  }
}
