/** The cost table: how it is grouped and searched, and whether a figure may stand in it. */
import type { Text } from '../api/types'
import type { Rate } from './types'

/** Whether the office has set this figure itself. */
export const isOwn = (rate: Rate): boolean => rate.changed_at !== null || rate.value !== rate.default

/** Rates whose name, description or key holds the words, by domain in the order they come in. */
export function rateGroups(
  rates: Rate[],
  words: string,
  name: (text: Text) => string,
): { domain: string; rates: Rate[] }[] {
  const wanted = words.trim().toLowerCase()
  const groups = new Map<string, Rate[]>()
  for (const rate of rates) {
    const said = `${rate.key} ${name(rate.name)} ${name(rate.description)}`.toLowerCase()
    if (wanted && !said.includes(wanted)) continue
    groups.set(rate.domain, [...(groups.get(rate.domain) ?? []), rate])
  }
  return [...groups].map(([domain, found]) => ({ domain, rates: found }))
}

/** What is wrong with a figure that was typed; empty where it will do. Separators of thousands are let pass. */
export function rateProblem(rate: Pick<Rate, 'minimum' | 'maximum'>, typed: string): '' | 'number' | 'range' {
  const text = typed.replaceAll(',', '').trim()
  const value = Number(text)
  if (!text || !Number.isFinite(value)) return 'number'
  return value < rate.minimum || value > rate.maximum ? 'range' : ''
}
