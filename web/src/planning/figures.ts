/** How a plan's figures are put into words: money, shares, and how far a plan is from the best there could be. */
import type { Placement, Text } from '../api/types'
import { formatNumber, formatShare, type Language } from '../logic/numbers'

/** Writes yuan: 1,234.5万元 in Chinese, ¥12.35M in English. */
export function formatMoney(yuan: number | null | undefined, language: Language, digits = 0): string {
  const number = formatNumber(yuan, language, digits)
  if (number === '—') return number
  return language === 'zh' ? `${number}元` : `¥${number}`.replace('¥-', '−¥')
}

/**
 * How much better any plan could be than the one found, as a share of it; 0 where it is proved the best, null where
 * nothing is known.
 */
export function roomLeft(objective: number, bound: number | null | undefined): number | null {
  if (bound === null || bound === undefined || !Number.isFinite(bound) || objective <= 0) return null
  const room = Math.abs(bound - objective) / objective
  return room < 1e-9 ? 0 : room
}

/** Writes a room for improvement in per cent, never rounded down, so that the claim stays true. */
export function formatRoom(room: number): string {
  const percent = room * 100
  const digits = percent < 0.1 ? 1000 : 100
  return `${Math.ceil(percent * digits - 1e-9) / digits}%`
}

/** Writes how a share changed: +1.2 百分点 as a signed number of percentage points. */
export function formatPoints(before: number, after: number): string {
  const points = (after - before) * 100
  const text = Math.abs(points) < 0.005 ? '0' : Math.abs(points).toFixed(Math.abs(points) < 1 ? 2 : 1)
  if (text === '0') return '±0'
  return `${points > 0 ? '+' : '−'}${text}`
}

/** A share of a whole, — where the whole is nothing. */
export function shareOf(part: number | null | undefined, whole: number | null | undefined): string {
  return part === null || part === undefined || !whole ? '—' : formatShare(part / whole)
}

const units: Record<string, string> = { 人: 'people', 元: 'yuan', 米: 'm', 比例: 'share', '人次/日': 'people a day' }
const isPlain = (text: string): boolean => /^[\x20-\x7e²³°]*$/.test(text)

/**
 * A unit in the reader's language where the page knows it: 元/kWh → yuan/kWh, 元/站 → yuan each; Chinese counting words
 * say nothing in English by themselves.
 */
export function unitIn(unit: string, language: Language): string {
  if (language === 'zh' || isPlain(unit)) return unit
  const [whole, part] = unit.split('/')
  if (units[unit] || part === undefined) return units[unit] ?? ''
  const of = unitIn(whole ?? '', language)
  if (!of) return ''
  if (isPlain(part)) return `${of}/${part}`
  return `${of} ${part === '年' ? 'a year' : 'each'}`
}

/** The name of a line of costs; sources may call it differently, and then it is that of the first and others. */
export function lineName(
  placement: Placement | null,
  key: string,
  told: Text | string,
  name: (text: Text) => string,
): string {
  const named = (placement?.sources ?? []).flatMap((one) => one.lines).filter((one) => one.key === key)
  const names = [...new Set(named.map((one) => name(one.name)))]
  const [first] = names
  if (first === undefined) return typeof told === 'string' ? told : name(told)
  return names.length > 1 ? `${first}…` : first
}
