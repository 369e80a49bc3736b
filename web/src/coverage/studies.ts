/** The studies one may see, the chosen one with its result, and what can be done with it. */
import { ElMessageBox } from 'element-plus'
import 'element-plus/es/components/message-box/style/css'
import { computed, onScopeDispose } from 'vue'
import { get, write } from '../api/client'
import type { Job } from '../api/types'
import { useWords } from '../i18n'
import { useAddressNumber } from '../logic/address'
import { useLoad } from '../logic/load'
import { say, tell } from '../logic/say'
import { useJobs } from '../stores/jobs'
import type { GroundState, Scenario, Study } from './types'

export function useStudies() {
  const { t } = useWords()
  const jobs = useJobs()
  const chosen = useAddressNumber('study')
  const ground = useLoad((signal) => get<GroundState>('/ground', {}, signal))
  const all = useLoad((signal) => get<Scenario[]>('/scenarios', { kind: 'coverage' }, signal))
  const list = computed(() => all.data.value ?? [])
  const current = computed<number | null>({
    get: () => chosen.value ?? (list.value.find((one) => one.state === 'ready') ?? list.value[0])?.id ?? null,
    set: (id) => (chosen.value = id),
  })
  const scenario = useLoad(
    async (signal) => (current.value === null ? null : get<Scenario>(`/scenarios/${current.value}`, {}, signal)),
    [current],
  )
  const summary = computed(() => scenario.data.value?.summary ?? null)
  const study = useLoad(
    async (signal) =>
      summary.value && scenario.data.value ? get<Study>(`/coverage/${scenario.data.value.id}`, {}, signal) : null,
    [() => scenario.data.value],
  )
  const job = computed<Job | null>(() => {
    const name = scenario.data.value?.name
    return jobs.running.find((one) => one.kind === 'coverage' && name && one.title.endsWith(name)) ?? null
  })
  const noGround = computed(() => Boolean(ground.data.value && !ground.data.value.terrain))
  const error = computed(() => all.error.value ?? scenario.error.value ?? study.error.value)
  const loading = computed(() => all.loading.value && !all.data.value)
  const none = computed(() => all.data.value?.length === 0)

  async function reload(): Promise<void> {
    await Promise.all([all.reload(), ground.reload()])
    await scenario.reload()
  }
  /** Waits for the job that computes a study and shows what it found. */
  async function follow(id: Job['id']): Promise<void> {
    await reload()
    try {
      await jobs.finished(id)
      tell(t('coverage.done'))
    } catch (thrown) {
      say(thrown)
    } finally {
      await reload()
    }
  }
  function made(one: Scenario, jobId: number): void {
    chosen.value = one.id
    void follow(jobId)
  }
  const actions: Record<string, (one: Scenario) => Promise<void>> = {
    cancel: async () => {
      if (job.value) await jobs.cancel(job.value.id)
    },
    compute: async (one) => follow((await write<{ job_id: number }>('POST', `/scenarios/${one.id}/compute`)).job_id),
    publish: async (one) => {
      const path = `/coverage/${one.id}/publish`
      const { published, kept } = await write<{ published: number; kept: number }>('POST', path)
      tell(t(kept ? 'coverage.publishedKept' : 'coverage.publishedNow', { n: published, kept }))
      await reload()
    },
    remove: async (one) => {
      const sure = await ElMessageBox.confirm(t('coverage.removeAsk', { name: one.name }), {
        confirmButtonText: t('remove'),
        cancelButtonText: t('cancel'),
      }).catch(() => null)
      if (!sure) return
      await write('DELETE', `/scenarios/${one.id}`)
      chosen.value = null
      await reload()
    },
  }
  /** Does what is asked with the chosen study; answers whether it is something that can be done with any. */
  function act(action: string): boolean {
    const [one, doing] = [scenario.data.value, actions[action]]
    if (one && doing) void doing(one).catch(say)
    return doing !== undefined
  }
  /** A study that was begun elsewhere is looked at again until it is ready. */
  const timer = setInterval(() => {
    if (scenario.data.value?.state === 'computing') void reload()
  }, 3000)
  onScopeDispose(() => clearInterval(timer))

  return { list, current, scenario, summary, study, job, noGround, error, loading, none, reload, made, act }
}
