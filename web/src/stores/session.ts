/** Who is signed in, and to which city's board. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { get, write } from '../api/client'
import type { Session } from '../api/types'

export const useSession = defineStore('session', () => {
  const session = ref<Session | null>(null)
  const account = computed(() => session.value?.account ?? null)
  const city = computed(() => session.value?.city ?? null)
  const mayWrite = computed(() => account.value?.may_write ?? false)
  /** Plans, their readings and the accounts are the city's to change. */
  const ofCity = computed(() => mayWrite.value && account.value?.role === 'city')

  /** An account that was given neither area nor unit sees nothing until it is. */
  const seesNothing = computed(() => {
    const one = account.value
    return one !== null && one.role !== 'city' && one.area_id === null && one.unit_id === null
  })

  /** Asks once who is signed in; later calls answer from memory. */
  async function load(): Promise<Session> {
    session.value ??= await get<Session>('/session')
    return session.value
  }
  async function signIn(name: string, password: string): Promise<void> {
    session.value = await write<Session>('POST', '/session', { name, password })
  }
  async function signOut(): Promise<void> {
    await write('DELETE', '/session')
    session.value = null
  }
  function forget(): void {
    session.value = null
  }
  return { session, account, city, mayWrite, ofCity, seesNothing, load, signIn, signOut, forget }
})
