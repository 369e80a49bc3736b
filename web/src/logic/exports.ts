/** Files that take longer to write: ordered as a job, followed while it is written, fetched once it is there. */
import { shallowRef } from 'vue'
import { address, order, type Query } from '../api/client'
import type { Job } from '../api/types'
import { useWords } from '../i18n'
import { useJobs } from '../stores/jobs'
import { fetchFile } from './files'
import { isOver } from './jobs'
import { say, tell } from './say'

export function useExport() {
  const { t } = useWords()
  const jobs = useJobs()
  /** The job that writes the file now. */
  const job = shallowRef<Job | null>(null)

  async function make(path: string, query: Query = {}): Promise<void> {
    let last: Job | null = null
    try {
      const { job_id } = await order(address(path, query))
      const { url } = await jobs.finished<{ url: string }>(job_id, (now) => (last = job.value = now))
      await fetchFile(url)
    } catch (thrown) {
      if ((last as Job | null)?.state === 'cancelled') tell(t('jobs.cancelled'))
      else say(thrown)
    } finally {
      job.value = null
    }
  }
  async function cancel(): Promise<void> {
    if (job.value && !isOver(job.value)) await jobs.cancel(job.value.id).catch(say)
  }
  return { job, make, cancel }
}
