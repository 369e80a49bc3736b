/** Loading for a page: the answer, the error, and whether one is awaited; a late answer never overwrites a newer one. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from 'vue'
import { ApiError } from '../api/client'

export interface Loaded<T> {
  data: ShallowRef<T | null>
  error: ShallowRef<ApiError | null>
  loading: Ref<boolean>
  reload: () => Promise<void>
}

/** Turns anything thrown into the one class of errors that the page shows. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown
  return new ApiError(-1, thrown instanceof Error ? thrown.message : String(thrown), '')
}

/** Runs `read` now and whenever a source changes; the last answer stays visible while the next is awaited. */
export function useLoad<T>(read: (signal: AbortSignal) => Promise<T>, sources: WatchSource[] = []): Loaded<T> {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<ApiError | null>(null)
  const loading = ref(false)
  let current: AbortController | null = null

  async function reload(): Promise<void> {
    current?.abort()
    const mine = new AbortController()
    current = mine
    loading.value = true
    try {
      const answer = await read(mine.signal)
      if (current !== mine) return
      data.value = answer
      error.value = null
    } catch (thrown) {
      if (current === mine) error.value = asApiError(thrown)
    } finally {
      if (current === mine) loading.value = false
    }
  }
  watch(sources, () => void reload(), { immediate: true })
  onScopeDispose(() => current?.abort())
  return { data, error, loading, reload }
}
