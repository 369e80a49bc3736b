/** One way to the server: JSON in and out, errors as one class, the cookie of the session with every call. */
import type { Problem } from './types'

type QueryValue = string | number | boolean | null | undefined
export type Query = Record<string, QueryValue | QueryValue[]>

/** A refusal or a failure that the server (status ≥ 400) or the network (status 0) answered with. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly problems: Problem[] = [],
  ) {
    super(detail || title)
    this.name = 'ApiError'
  }
}

let onSignedOut: () => void = () => undefined

/** Names what happens when the server no longer knows the session. */
export function whenSignedOut(action: () => void): void {
  onSignedOut = action
}

/** Builds `/api/path?query` and leaves out what is null, undefined or empty; a list repeats its key. */
export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== '') search.append(key, String(one))
    }
  }
  const text = search.toString()
  return `/api${path}${text ? `?${text}` : ''}`
}

async function refusal(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null)
  const { title, detail, problems } = (body ?? {}) as { title?: string; detail?: unknown; problems?: Problem[] }
  const said = typeof detail === 'string' ? detail : ''
  return new ApiError(response.status, title ?? `HTTP ${response.status}`, said, problems ?? [])
}

async function send(path: string, options: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, { credentials: 'same-origin', ...options })
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new ApiError(0, 'network', '')
  }
  if (response.ok) return response
  if (response.status === 401) onSignedOut()
  throw await refusal(response)
}

async function answer<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T
  return (await response.json()) as T
}

/** Reads; `signal` ends a call whose answer nobody waits for. */
export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return answer<T>(await send(address(path, query), { signal }))
}

/** Writes JSON with the method named. */
export async function write<T>(
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  if (body === undefined) return answer<T>(await send(address(path), { method, headers }))
  const json = { 'Content-Type': 'application/json', ...headers }
  return answer<T>(await send(address(path), { method, headers: json, body: JSON.stringify(body) }))
}

type Fields = Record<string, string | Blob | null | undefined>

function formOf(fields: Fields): FormData {
  const form = new FormData()
  for (const [key, value] of Object.entries(fields)) {
    if (value !== null && value !== undefined && value !== '') form.set(key, value)
  }
  return form
}

/** Orders what an address built by `address` makes, a file for one; answers with the job that makes it. */
export async function order(at: string): Promise<{ job_id: number }> {
  return answer(await send(at, { method: 'POST' }))
}

/** Reads a file that the server writes, in answer to a form where one is given; its name is the server's. */
export async function getFile(from: string, fields?: Fields): Promise<{ name: string; content: Blob }> {
  const response = await send(from, fields ? { method: 'POST', body: formOf(fields) } : {})
  const header = response.headers.get('Content-Disposition') ?? ''
  const [, encoded, plain] = /filename\*=[^']*''([^;]+)|filename="?([^";]+)/i.exec(header) ?? []
  const name = encoded ? decodeURIComponent(encoded) : (plain ?? from.split('/').at(-1)?.split('?')[0] ?? '')
  return { name, content: await response.blob() }
}

/** Sends a form with files. */
export async function upload<T>(path: string, fields: Fields): Promise<T> {
  return answer<T>(await send(address(path), { method: 'POST', body: formOf(fields) }))
}
