/** The few figures of a scenario that stand in the list. */
import { formatNumber, formatShare, type Language } from '../logic/numbers'
import { formatMoney, formatRoom, roomLeft } from './figures'
import type { BuildSummary, MergingSummary, ScenarioKind } from './types'

type Say = (key: string, values: Record<string, unknown>) => string

function ofBuild(one: BuildSummary, language: Language, t: Say): string {
  // After an adjustment the bound is for one district alone, which takes more words than a list has.
  const room = one.bound_scope === 'district' ? null : roomLeft(one.objective, one.bound)
  const parts = [
    t('planning.keySites', { n: formatNumber(one.sites, language) }),
    formatMoney(one.capital, language),
    one.targets.length
      ? t('planning.keyMet', { n: one.targets.filter((each) => each.met).length, all: one.targets.length })
      : '',
    room === null ? '' : t('planning.keyRoom', { share: formatRoom(room) }),
  ]
  return parts.filter(Boolean).join(' · ')
}
function ofMerging(one: MergingSummary, language: Language, t: Say): string {
  const less = one.poles_before - one.poles_after
  return [
    t('planning.keyPoles', {
      before: formatNumber(one.poles_before, language),
      after: formatNumber(one.poles_after, language),
    }),
    `−${formatShare(less / Math.max(one.poles_before, 1))}`,
    formatMoney(one.cost, language),
  ].join(' · ')
}
function ofCoverage(
  one: { areas?: { area_id: number; operator_id: number | null; outdoor_area: number | null }[] },
  area: number | null,
  t: Say,
): string {
  const whole = one.areas?.find((each) => each.operator_id === null && each.area_id === area)
  return whole ? t('planning.keyOutdoor', { share: formatShare(whole.outdoor_area) }) : ''
}

/** One line for the list; empty where there is nothing to say yet. */
export function keyFigures(
  scenario: { kind: ScenarioKind; area: number | null },
  summary: unknown,
  language: Language,
  t: Say,
): string {
  const { kind, area } = scenario
  if (!summary) return ''
  if (kind === 'build') return ofBuild(summary as BuildSummary, language, t)
  if (kind === 'merging') return ofMerging(summary as MergingSummary, language, t)
  return ofCoverage(summary as object, area, t)
}
