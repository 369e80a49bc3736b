import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiError, address, get, getFile, upload, whenSignedOut, write } from '../src/api/client'

afterEach(() => vi.unstubAllGlobals())

const answering = (status: number, body: unknown) => {
  const asked = vi.fn(async () => new Response(body === null ? null : JSON.stringify(body), { status }))
  vi.stubGlobal('fetch', asked)
  return asked
}

describe('addresses', () => {
  it('leaves out what is not given', () => {
    expect(address('/resources', { kind: 'pole', q: '', area_id: null, state: undefined, limit: 50 })).toBe(
      '/api/resources?kind=pole&limit=50',
    )
  })
})

describe('calls', () => {
  it('gives the body of an answer and nothing for 204', async () => {
    answering(200, { n: 1 })
    expect(await get('/x')).toEqual({ n: 1 })
    answering(204, null)
    expect(await write('DELETE', '/x')).toBeUndefined()
  })

  it('turns a refusal into its sentence and problems', async () => {
    const problems = [{ row: 3, field: 'height', value: 'x', reason: '应为数值' }]
    answering(422, { title: '数据有误', detail: '有 1 处问题', problems })
    const error = await upload('/forms', { file: new Blob(['x']) }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 422, detail: '有 1 处问题', problems })
  })

  it('tells when the session has ended', async () => {
    const ended = vi.fn()
    whenSignedOut(ended)
    answering(401, { title: '请先登录', detail: '', problems: [] })
    await expect(get('/x')).rejects.toMatchObject({ status: 401 })
    expect(ended).toHaveBeenCalledOnce()
  })

  it('says that the server cannot be reached', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError('failed')
    })
    await expect(get('/x')).rejects.toMatchObject({ status: 0 })
  })

  it('survives an error page that is no JSON', async () => {
    vi.stubGlobal('fetch', async () => new Response('<html>', { status: 502 }))
    await expect(get('/x')).rejects.toMatchObject({ status: 502, title: 'HTTP 502' })
  })
})

describe('files', () => {
  const named = (header: string) =>
    vi.stubGlobal('fetch', async () => new Response('x', { headers: { 'Content-Disposition': header } }))

  it('takes the name that the server gives, plain or encoded', async () => {
    named("attachment; filename*=utf-8''%E5%9F%BA%E7%AB%99.xlsx")
    expect((await getFile('/api/templates/base_station.xlsx')).name).toBe('基站.xlsx')
    named('attachment; filename="a.csv"')
    expect((await getFile('/api/exports/x.csv')).name).toBe('a.csv')
  })

  it('falls back to the address', async () => {
    vi.stubGlobal('fetch', async () => new Response('x'))
    expect((await getFile('/api/exports/x.csv?state=planned')).name).toBe('x.csv')
  })
})
