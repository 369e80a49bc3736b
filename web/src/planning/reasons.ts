/** Why a site is in a plan, as a sentence in the reader's language. */
import type { Placement, Text } from '../api/types'
import { formatNumber, type Language } from '../logic/numbers'
import { unitIn } from './figures'
import type { Site } from './types'

interface Words {
  language: Language
  t: (key: string, values?: Record<string, unknown>) => string
  name: (text: Text) => string
}

/** Amounts of demand by layer in words, those that round to nothing left out. */
function amounts(layers: Record<string, number>, placement: Placement | null, { language, t, name }: Words): string {
  return (placement?.layers ?? [])
    .filter((one) => (layers[one.key] ?? 0) >= 0.5)
    .map((one) =>
      t('planning.reason.amount', {
        layer: name(one.name),
        n: formatNumber(layers[one.key], language, 0),
        unit: unitIn(one.unit, language),
      }).trim(),
    )
    .join(t('planning.reason.and'))
}

/** The sentence: the server's own in Chinese; in another language made of what the site newly and alone serves. */
export function reasonOf(site: Pick<Site, 'reason' | 'pin'>, placement: Placement | null, words: Words): string {
  const { reason } = site
  if (words.language === 'zh') return reason.sentence
  const [gained, lost] = [reason.layers, reason.lost ?? {}].map((one) => amounts(one, placement, words))
  const said = !gained
    ? words.t('planning.reason.nothing')
    : lost
      ? words.t('planning.reason.alone', { gained, lost })
      : words.t(reason.lost ? 'planning.reason.replaced' : 'planning.reason.gained', { gained })
  return site.pin === 'mandatory' ? `${words.t('planning.reason.pinned')} ${said}` : said
}
