/** How figures are written: 万 and 亿 in Chinese, groups of three in English, and never 100 % for what is not met. */

export type Language = 'zh' | 'en'

const steps: [number, string][] = [
  [1e12, '万亿'],
  [1e8, '亿'],
  [1e4, '万'],
]

function trimmed(value: number, digits: number): string {
  // A small loss that rounds to nothing is nothing, not minus nothing.
  const text = value.toLocaleString('en-US', { maximumFractionDigits: digits })
  return text === '-0' ? '0' : text
}

/** Writes a number: 60000 → 6万 (zh), 60,000 (en). `digits` are the decimals kept, 2 at most where 万 or 亿 is used. */
export function formatNumber(value: number | null | undefined, language: Language, digits = 2): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '—'
  const size = Math.abs(value)
  if (language === 'en') {
    return size >= 1e6
      ? value.toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: 2 })
      : trimmed(value, digits)
  }
  const step = steps.find(([floor]) => size >= floor)
  return step ? trimmed(value / step[0], 2) + step[1] : trimmed(value, digits)
}

/** Writes every digit, grouped by threes. */
export function formatExact(value: number | null | undefined): string {
  return value === null || value === undefined ? '—' : trimmed(value, 6)
}

/** Writes a number with its unit; signs such as % and Chinese measure words follow without a space. */
export function formatQuantity(value: number | null | undefined, unit: string, language: Language, digits = 2): string {
  const number = formatNumber(value, language, digits)
  if (number === '—' || !unit) return number
  const tight = unit === '%' || (language === 'zh' && !/^[A-Za-z]/.test(unit))
  return tight ? number + unit : `${number} ${unit}`
}

/**
 * Writes a figure beside the one it is measured against: where rounding would print two different numbers alike,
 * every digit is printed.
 */
export function formatBeside(
  value: number,
  against: number | null,
  unit: string,
  language: Language,
  digits = 2,
): string {
  const text = formatQuantity(value, unit, language, digits)
  if (against === null || value === against || text !== formatQuantity(against, unit, language, digits)) return text
  return unit === '%' || language === 'zh' ? formatExact(value) + unit : `${formatExact(value)} ${unit}`
}

/** Writes a share (1 = 100 %) with one decimal; what is below 1 never prints as 100 %. */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return '—'
  const tenths = share < 1 ? Math.min(Math.round(share * 1000), 999) : Math.round(share * 1000)
  return `${trimmed(tenths / 10, 1)}%`
}

const comparators: Record<string, string> = { '>=': '≥', '>': '>', '<=': '≤', '<': '<', '=': '=', range: '' }

/** Writes a target: ≥ 6万个, 1–2个, ≤ 1.25. */
export function formatTarget(
  target: { comparator: string; value: number | null; value_to: number | null; unit: string },
  language: Language,
): string {
  if (target.value === null) return '—'
  if (target.value_to !== null) {
    return `${formatNumber(target.value, language)}–${formatQuantity(target.value_to, target.unit, language)}`
  }
  const sign = comparators[target.comparator] ?? target.comparator
  return `${sign} ${formatQuantity(target.value, target.unit, language)}`.trim()
}

const multiples: Record<string, number> = { 万: 1e4, 亿: 1e8, 万亿: 1e12 }

/** Finds the first figure with its unit in words: 累计建成5G基站6万个 → 60000 个. Null where there is none. */
export function figureIn(text: string): { value: number; unit: string } | null {
  const found = /(?<![0-9A-Za-z.])(\d[\d,，]*(?:\.\d+)?)(万亿|万|亿)?([%％]|[A-Za-z/]+|[\u4e00-\u9fff])/.exec(
    text.replace(/\b\d+G(?![a-z])/g, (name) => name.replace(/\d/g, '#')),
  )
  if (!found?.[1]) return null
  const value = Number(found[1].replace(/[,，]/g, '')) * (multiples[found[2] ?? ''] ?? 1)
  return { value, unit: found[3] === '％' ? '%' : (found[3] ?? '') }
}

/** Writes a file size in KB or MB. */
export function formatSize(bytes: number): string {
  return bytes < 1e6 ? `${trimmed(bytes / 1e3, 1)} KB` : `${trimmed(bytes / 1e6, 1)} MB`
}
