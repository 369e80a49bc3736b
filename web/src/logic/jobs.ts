/** What is said of a job. */
import type { Job } from '../api/types'

export const percentOf = (job: Job): number => Math.round(Math.min(Math.max(job.progress, 0), 1) * 100)

/** Whether nothing more will come of it. */
export const isOver = (job: Job): boolean => job.state !== 'waiting' && job.state !== 'running'

/** The last line that a job wrote, or its stage. */
export function lastLine(job: Job): string {
  const lines = Array.isArray(job.log) ? job.log : (job.log ?? '').split('\n')
  return lines.filter((line) => line.trim()).at(-1) ?? job.stage
}
