/** Long work on the server: what runs, how far it is, and how to wait for one. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError, get, write } from '../api/client'
import type { Job } from '../api/types'
import { isOver, lastLine } from '../logic/jobs'

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds))

export const useJobs = defineStore('jobs', () => {
  const jobs = ref<Job[]>([])
  const running = computed(() => jobs.value.filter((job) => !isOver(job)))

  function put(job: Job): void {
    const place = jobs.value.findIndex((one) => one.id === job.id)
    if (place < 0) jobs.value.unshift(job)
    else jobs.value[place] = job
  }
  async function list(): Promise<void> {
    jobs.value = await get<Job[]>('/jobs', { limit: 30 })
  }
  async function cancel(id: Job['id']): Promise<void> {
    await write('POST', `/jobs/${id}/cancel`)
    put(await get<Job>(`/jobs/${id}`))
  }
  /** Waits until the job is over, telling of each step; a failed or cancelled job is an error. */
  async function finished<T>(id: Job['id'], onStep: (job: Job) => void = () => undefined): Promise<T> {
    for (let wait = 150; ; wait = Math.min(wait * 1.4, 1500)) {
      const job = await get<Job>(`/jobs/${id}`)
      put(job)
      onStep(job)
      if (job.state === 'done') return job.result as T
      if (isOver(job)) throw new ApiError(422, job.title, lastLine(job))
      await pause(wait)
    }
  }
  return { jobs, running, list, cancel, finished }
})
