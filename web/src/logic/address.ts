/** Filters kept in the page's address, so that a view can be sent to a colleague. */
import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** One filter of the address as a text; an empty one leaves the address. */
export function useAddressText(key: string): WritableComputedRef<string> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => (typeof route.query[key] === 'string' ? route.query[key] : ''),
    set: (value) => void router.replace({ query: { ...router.currentRoute.value.query, [key]: value || undefined } }),
  })
}

/** One filter of the address as a number or null. */
export function useAddressNumber(key: string): WritableComputedRef<number | null> {
  const text = useAddressText(key)
  return computed({
    get: () => (/^-?\d+$/.test(text.value) ? Number(text.value) : null),
    set: (value) => (text.value = value === null || value === undefined ? '' : String(value)),
  })
}
