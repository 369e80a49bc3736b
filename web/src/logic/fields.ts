/** Fields of resources: how a value is shown, and which fields a kind has. */
import { useWords } from '../i18n'
import type { Attribute, Kind, Resource, Scalar } from '../api/types'
import { useVocabulary } from '../stores/vocabulary'
import { formatExact } from './numbers'

const numbered: Record<string, string> = { owner: 'owner_id', area: 'area_id' }

/** The key under which a resource carries a field: units and areas by their number. */
export const keyOf = (field: Attribute): string => numbered[field.key] ?? field.key

/** The value of a field, wherever the resource keeps it. */
export function valueOf(resource: Resource, field: Attribute): Scalar {
  const own = resource as unknown as Record<string, Scalar>
  const key = keyOf(field)
  return (key in own ? own[key] : resource.attributes[field.key]) ?? null
}

/** The fields of a kind in the order of a form: those of every resource, then its own. */
export function fieldsOf(common: Attribute[], kind: Kind | undefined): Attribute[] {
  const placeless = kind?.geometry === 'none' ? ['longitude', 'latitude'] : []
  return [...common.filter((one) => !placeless.includes(one.key)), ...(kind?.attributes ?? [])]
}

/** Writes values as people read them: names for keys, yes and no, numbers with their unit. */
export function useShown() {
  const { t, name } = useWords()
  const vocabulary = useVocabulary()
  return (field: Attribute | undefined, value: unknown, bare = false): string => {
    if (value === null || value === undefined || value === '') return '—'
    if (field?.type === 'choice') return name(field.choices.find((one) => one.key === value)?.name) || String(value)
    if (field?.type === 'boolean') return t(value ? 'yes' : 'no')
    if (field?.type === 'unit') return vocabulary.unitName(Number(value))
    if (field?.type === 'area') return vocabulary.areaName(Number(value))
    if (typeof value === 'number') {
      const number = field?.type === 'integer' || field?.type === 'number' ? formatExact(value) : String(value)
      return field?.unit && !bare ? `${number} ${field.unit}` : number
    }
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
}
