/** The vocabulary, the areas and the units: fetched once after sign-in and looked up everywhere. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { get, type ApiError } from '../api/client'
import { asApiError } from '../logic/load'
import type { Area, Attribute, Catalogue, Choice, Indicator, Kind, Status, Target, Unit } from '../api/types'

const nothing: Catalogue = {
  fields: [],
  kinds: [],
  domains: [],
  links: [],
  indicators: [],
  metrics: [],
  placements: [],
  approval_steps: [],
  land_covers: [],
}

function byKey<K, T>(rows: T[], key: (row: T) => K): Map<K, T> {
  return new Map(rows.map((row) => [key(row), row]))
}

export const useVocabulary = defineStore('vocabulary', () => {
  const catalogue = shallowRef<Catalogue>(nothing)
  const statuses = shallowRef<Status[]>([])
  const areas = shallowRef<Area[]>([])
  const units = shallowRef<Unit[]>([])
  const ready = ref(false)
  const failure = shallowRef<ApiError | null>(null)
  let under: Promise<void> | null = null

  const kinds = computed(() => byKey(catalogue.value.kinds, (one) => one.key))
  const indicators = computed(() => byKey(catalogue.value.indicators, (one) => one.key))
  const domainOf = computed(() => byKey(catalogue.value.domains, (one) => one.key))
  const links = computed(() => byKey(catalogue.value.links, (one) => one.key))
  const fields = computed(() => byKey(catalogue.value.fields, (one) => one.key))
  const statusOf = computed(() => byKey(statuses.value, (one) => one.key))
  const areaOf = computed(() => byKey(areas.value, (one) => one.id))
  const unitOf = computed(() => byKey(units.value, (one) => one.id))
  const districts = computed(() => areas.value.filter((one) => one.level === 'district'))
  const city = computed(() => areas.value.find((one) => one.level === 'city'))
  const operators = computed(() => units.value.filter((one) => one.kind === 'operator'))
  const states = computed(() => fields.value.get('state')?.choices ?? [])

  async function fetchAll(): Promise<void> {
    const [words, lights, places, people] = await Promise.all([
      get<Catalogue>('/catalogue'),
      get<Status[]>('/vocabulary/statuses'),
      get<Area[]>('/areas'),
      get<Unit[]>('/units'),
    ])
    catalogue.value = words
    statuses.value = lights
    areas.value = places
    units.value = people
    ready.value = true
  }
  /** Fetches everything once; a failure is kept to be shown, and the next call tries again. */
  function load(): Promise<void> {
    under ??= fetchAll().then(
      () => void (failure.value = null),
      (thrown: unknown) => {
        under = null
        failure.value = asApiError(thrown)
      },
    )
    return under
  }
  function forget(): void {
    under = null
    ready.value = false
  }

  const kind = (key: string): Kind | undefined => kinds.value.get(key)
  const indicator = (key: string | null): Indicator | undefined =>
    key === null ? undefined : indicators.value.get(key)
  /** What stands for an id that has no name: nothing while names are still awaited. */
  const nameless = (id: number): string => (ready.value ? `#${id}` : '')
  const areaName = (id: number | null): string => (id === null ? '' : (areaOf.value.get(id)?.name ?? nameless(id)))
  const unitName = (id: number | null): string => (id === null ? '' : (unitOf.value.get(id)?.name ?? nameless(id)))
  /** The shortest of a unit's names: official ones are long, and an alias is what people say. */
  function shortName(id: number): string {
    const unit = unitOf.value.get(id)
    const names = [unit?.name ?? nameless(id), ...(unit?.aliases ?? [])].filter(Boolean)
    return names.sort((one, other) => one.length - other.length)[0] ?? ''
  }
  /** The name of a class of land cover; empty where it has none. */
  const coverOf = computed(() => byKey(catalogue.value.land_covers, (one) => one.key))
  /** Whom a target is for, in words: the plan's own, then the area and the unit it was matched with. */
  const whereOf = (target: Target): string =>
    [target.scope, areaName(target.area_id), unitName(target.owner_id)]
      .filter((part, index, parts) => part && parts.indexOf(part) === index)
      .join(' · ')
  /** The choices of an attribute of a kind; none where it has none. */
  const choicesOf = (kindKey: string, key: string): Choice[] =>
    kind(kindKey)?.attributes.find((one) => one.key === key)?.choices ?? []
  /** The attribute `key` of a kind, or the field that every kind has. */
  const attribute = (kindKey: string, key: string): Attribute | undefined =>
    kind(kindKey)?.attributes.find((one) => one.key === key) ?? fields.value.get(key)

  return {
    catalogue,
    statuses,
    areas,
    units,
    ready,
    failure,
    city,
    districts,
    operators,
    states,
    links,
    domainOf,
    statusOf,
    areaOf,
    unitOf,
    fields,
    load,
    forget,
    coverOf,
    kind,
    indicator,
    areaName,
    unitName,
    shortName,
    whereOf,
    attribute,
    choicesOf,
  }
})
