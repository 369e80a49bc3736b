/** One result of network planning: what there is, computing it, and the rows behind its figures. */
import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { ApiError, get, write } from '../api/client'
import type { Job } from '../api/types'
import { asApiError } from '../logic/load'
import { say } from '../logic/say'
import { useJobs } from '../stores/jobs'
import type { Rows, What } from './types'

export interface Result<Facts, Row> {
  facts: ShallowRef<Facts | null>
  rows: ShallowRef<Rows<Row> | null>
  error: ShallowRef<ApiError | null>
  loading: Ref<boolean>
  busy: Ref<boolean>
  /** The job that computes it now. */
  job: ShallowRef<Job | null>
  cancel: () => Promise<void>
  reload: () => Promise<void>
  find: (text: string, only: boolean) => Promise<void>
  compute: (asked: Record<string, unknown>) => Promise<void>
}

export function useResult<Facts, Row>(study: () => number, version: () => string, what: What): Result<Facts, Row> {
  const jobs = useJobs()
  const facts = shallowRef<Facts | null>(null)
  const rows = shallowRef<Rows<Row> | null>(null)
  const error = shallowRef<ApiError | null>(null)
  const loading = ref(false)
  const busy = ref(false)
  const job = shallowRef<Job | null>(null)
  let looking = { text: '', only: true }
  let asked = 0
  const place = (): string => `/coverage/${study()}/network/${what}`

  async function reload(): Promise<void> {
    const mine = ++asked
    loading.value = true
    try {
      const found = await get<Facts | null>(place())
      const query = { q: looking.text, only: looking.only, limit: 100 }
      const listed = found && (await get<Rows<Row>>(`${place()}/rows`, query))
      if (mine !== asked) return
      facts.value = found
      rows.value = listed
      error.value = null
    } catch (thrown) {
      if (mine !== asked) return
      facts.value = rows.value = null
      error.value = asApiError(thrown)
    } finally {
      if (mine === asked) loading.value = false
    }
  }
  async function find(text: string, only: boolean): Promise<void> {
    looking = { text, only }
    try {
      rows.value = await get<Rows<Row>>(`${place()}/rows`, { q: text, only, limit: 100 })
    } catch (thrown) {
      say(thrown)
    }
  }
  async function compute(parameters: Record<string, unknown>): Promise<void> {
    busy.value = true
    try {
      const { job_id } = await write<{ job_id: number }>('POST', `/coverage/${study()}/${what}`, parameters)
      await jobs.finished(job_id, (now) => (job.value = now))
    } catch (thrown) {
      say(thrown)
    } finally {
      busy.value = false
      job.value = null
      await reload()
    }
  }
  async function cancel(): Promise<void> {
    if (job.value) await jobs.cancel(job.value.id).catch(say)
  }
  watch([study, version], () => void reload(), { immediate: true })
  return { facts, rows, error, loading, busy, job, reload, find, compute, cancel }
}
