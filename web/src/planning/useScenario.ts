/** One scenario on its page: read, watched while it is computed, and what can be done with it. */
import { ElMessageBox } from 'element-plus'
import 'element-plus/es/components/message-box/style/css'
import { computed, onScopeDispose, watch, type Ref } from 'vue'
import { useRouter } from 'vue-router'
import { address, get, write } from '../api/client'
import { useWords } from '../i18n'
import { useExport } from '../logic/exports'
import { fetchFile } from '../logic/files'
import { isOver } from '../logic/jobs'
import { useLoad } from '../logic/load'
import { say, tell } from '../logic/say'
import { useJobs } from '../stores/jobs'
import { useSession } from '../stores/session'
import { jobOf } from './jobs'
import type { Scenario } from './types'

const lookAgain = 2500

/** Reads scenario `id`; `exportAt` names the path of its files before their ending. */
export function useScenario<Summary>(id: Ref<number>, exportAt: 'export' | 'merging') {
  const { t } = useWords()
  const router = useRouter()
  const session = useSession()
  const jobs = useJobs()
  const file = useExport()
  const loaded = useLoad((signal) => get<Scenario<Summary>>(`/scenarios/${id.value}`, {}, signal), [id])
  const scenario = computed(() => loaded.data.value)
  const summary = computed(() => (scenario.value?.state === 'ready' ? (scenario.value.summary ?? null) : null))
  const job = computed(() => jobOf(scenario.value, jobs.running))
  /** Computed now, or waiting for its turn. */
  const busy = computed(() => scenario.value?.state === 'computing' || job.value !== null)
  const mayChange = computed(() => session.mayWrite && session.account?.role !== 'viewer')

  /** A scenario that is computed is looked at again until it is not. */
  const timer = setInterval(() => {
    if (busy.value) void loaded.reload()
  }, lookAgain)
  watch(busy, (now) => now || void loaded.reload())
  onScopeDispose(() => clearInterval(timer))

  function put(changed: Partial<Scenario<Summary>>): void {
    if (loaded.data.value) loaded.data.value = { ...loaded.data.value, ...changed }
  }
  async function compute(): Promise<void> {
    const { job_id } = await write<{ job_id: number }>('POST', `/scenarios/${id.value}/compute`)
    const done = jobs.finished(job_id)
    await loaded.reload()
    try {
      await done
      tell(t('planning.done'))
    } finally {
      await loaded.reload()
    }
  }
  async function change(values: Record<string, unknown>): Promise<void> {
    await write('PATCH', `/scenarios/${id.value}`, { ...values, version: scenario.value?.version })
    await loaded.reload()
  }
  const actions: Record<string, (one: Scenario<Summary>) => Promise<void>> = {
    compute,
    cancel: async () => {
      if (job.value && !isOver(job.value)) await jobs.cancel(job.value.id)
    },
    publish: async (one) => {
      await change({ published: !one.published })
      tell(t('saved'))
    },
    copy: async (one) => {
      const made = await write<Scenario>('POST', `/scenarios/${one.id}/copy`, {
        name: t('planning.copyOf', { name: one.name }),
      })
      await router.push(`/planning/${made.id}`)
    },
    remove: async (one) => {
      if (!(await sureToRemove(one.name, t))) return
      await write('DELETE', `/scenarios/${one.id}`)
      await router.push('/planning')
    },
  }
  /** Documents of a build plan take seconds and run as jobs; those of a merging plan are written at once. */
  const fetchAs = (path: string): Promise<void> => (exportAt === 'export' ? file.make(path) : fetchFile(address(path)))
  async function act(action: string): Promise<void> {
    const one = scenario.value
    if (!one) return
    if (action.startsWith('export.')) await fetchAs(`/scenarios/${one.id}/${exportAt}.${action.slice(7)}`)
    else await actions[action]?.(one).catch(say)
  }
  return { loaded, scenario, summary, job, file, busy, mayChange, put, act, change }
}

/** What `useScenario` answers with. */
export type OpenScenario<Summary> = ReturnType<typeof useScenario<Summary>>

/** Asks before a scenario is deleted. */
export async function sureToRemove(name: string, t: (key: string, values: object) => string): Promise<boolean> {
  const answer = await ElMessageBox.confirm(t('planning.removeAsk', { name }), {
    confirmButtonText: t('remove', {}),
    cancelButtonText: t('cancel', {}),
  }).catch(() => null)
  return answer !== null
}
