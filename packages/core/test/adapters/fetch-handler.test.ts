import { describe, expect, it } from 'vitest'
import { toFetchHandler } from '../../src/adapters/fetch-handler.ts'
import type { OAuthRequest } from '../../src/http.ts'
import { echoDeviceAuth } from '../../src/testing/adapter-contract/echo.ts'
import { createTestServer } from '../server.ts'

const form = 'grant_type=x&client_id=tv&device_code=a%20b'
const base = 'https://example.com'
const formType = { 'content-type': 'application/x-www-form-urlencoded' }

function post(body: RequestInit['body'], headers: Readonly<Record<string, string>> = {}, path = '/token'): Request {
  return new Request(base + path, {
    method: 'POST',
    body: body ?? null,
    headers: { ...formType, ...headers },
    duplex: 'half',
  })
}

/** A body of pieces; `taken` counts those that were read. */
function streamOf(
  pieces: Iterable<Uint8Array>,
  taken: { count: number; cancelled: boolean },
): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.iterator]()
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { done, value } = iterator.next()
        if (done === true) controller.close()
        else {
          taken.count += 1
          controller.enqueue(value)
        }
      },
      cancel() {
        taken.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
}

const handle = toFetchHandler(echoDeviceAuth<Request>())

async function outcome(request: Request): Promise<{ status: number; content: Record<string, unknown> }> {
  const response = await handle(request)
  return { status: response.status, content: (await response.json()) as Record<string, unknown> }
}

describe('toFetchHandler', () => {
  it('8628-3.1-2 reads a form', async () => {
    const { status, content } = await outcome(post(form, {}, '/token?x=1&x=2'))
    expect(status).toBe(200)
    expect(content).toMatchObject({
      method: 'POST',
      path: '/token',
      query: [
        ['x', '1'],
        ['x', '2'],
      ],
      parameters: { grant_type: 'x', client_id: 'tv', device_code: 'a b' },
    })
  })

  it('tells an endpoint that its client has gone, and when the request arrived', async () => {
    const seen: OAuthRequest<Request>[] = []
    const client = new AbortController()
    const before = performance.now()
    await toFetchHandler(echoDeviceAuth<Request>(seen))(new Request(post(form), { signal: client.signal }))
    expect(seen[0]?.arrivedAt).toBeGreaterThanOrEqual(before)
    expect(seen[0]?.aborted?.()).toBe(false)
    client.abort()
    expect(seen[0]?.aborted?.()).toBe(true)
  })

  it('reads a form in pieces, cut within a character', async () => {
    const bytes = Buffer.from('client_id=tv&scope=\u00e9')
    const pieces = [...bytes].map((byte) => Uint8Array.of(byte))
    const { content } = await outcome(post(streamOf(pieces, { count: 0, cancelled: false })))
    expect(content.parameters).toEqual({ client_id: 'tv', scope: '\u00e9' })
  })

  it('an empty body is an empty form', async () => {
    expect((await outcome(post(null))).content.parameters).toEqual({})
    expect((await outcome(post(''))).content.parameters).toEqual({})
  })

  it('8628-3.1-8 sees a repeated parameter', async () => {
    expect((await outcome(post('client_id=a&client_id=a'))).status).toBe(400)
  })

  it('F-56 refuses other content types, and does not read the body', async () => {
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
      const request = post(form, { 'content-type': type })
      expect((await outcome(request)).status, type).toBe(400)
      expect(request.bodyUsed).toBe(false)
    }
    expect((await outcome(post(form, { 'content-encoding': 'gzip' }))).status).toBe(415)
  })

  it('F-57 refuses bytes that are no UTF-8', async () => {
    for (const body of [Uint8Array.of(0x61, 0x3d, 0xff), Uint8Array.of(0x61, 0x3d, 0xc3), 'a=%ff', 'a=%Z']) {
      expect((await outcome(post(body))).status).toBe(400)
    }
  })

  it('F-51 refuses more than 16 KiB with 413, and stops reading there', async () => {
    const taken = { count: 0, cancelled: false }
    function* endless(): Generator<Uint8Array> {
      for (;;) yield new Uint8Array(1_000).fill(0x61)
    }
    expect((await outcome(post(streamOf(endless(), taken)))).status).toBe(413)
    expect(taken).toEqual({ count: 17, cancelled: true })
    expect((await outcome(post(`client_id=${'a'.repeat(16 * 1024 - 10)}`))).status).toBe(200)
    expect((await outcome(post(`client_id=${'a'.repeat(16 * 1024 - 9)}`))).status).toBe(413)
    const declared = post(form, { 'content-length': '16385' })
    expect((await outcome(declared)).status).toBe(413)
    expect(declared.bodyUsed).toBe(false)
  })

  it('answers 500 with the reason if a middleware has read the body', async () => {
    const used = post(form)
    await used.text()
    const locked = post(form)
    locked.body?.getReader()
    for (const request of [used, locked]) {
      const { status, content } = await outcome(request)
      expect([status, content.error]).toEqual([500, 'server_error'])
      expect(content.error_description).toContain('middleware')
    }
  })

  it('F-51 answers 400 when a body breaks off', async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('gone')) })
    expect((await outcome(post(broken))).status).toBe(400)
  })

  it('answers 404 in JSON for other paths, and 405 with Allow for a wrong method', async () => {
    expect((await outcome(new Request(`${base}/other`))).status).toBe(404)
    const response = await handle(new Request(`${base}/token`))
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('answers HEAD without a body', async () => {
    const response = await handle(new Request(`${base}/device`, { method: 'HEAD' }))
    expect(response.status).toBe(200)
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(0)
    expect(await response.text()).toBe('')
  })

  it('with a prefix it also serves the metadata at the root', async () => {
    const mounted = toFetchHandler(echoDeviceAuth<Request>(), { prefix: '/oauth' })
    const status = async (path: string): Promise<number> => (await mounted(new Request(base + path))).status
    expect(await status('/oauth/device')).toBe(200)
    expect(await status('/oauthdevice')).toBe(404)
    expect(await status('/device')).toBe(404)
    expect(await status('/oauth')).toBe(404)
    expect(await status('/.well-known/oauth-authorization-server/oauth')).toBe(200)
    expect((await handle(new Request(`${base}/.well-known/oauth-authorization-server/oauth`))).status).toBe(404)
  })

  it('passes the Request, and the address that `ip` finds, to hooks', async () => {
    const seen: OAuthRequest<Request>[] = []
    const ip = (request: Request): string | undefined => request.headers.get('cf-connecting-ip') ?? undefined
    const handler = toFetchHandler(echoDeviceAuth(seen), { ip })
    const request = post(form, { 'cf-connecting-ip': '192.0.2.1' })
    await handler(request)
    await handle(post(form))
    expect(seen[0]?.native).toBe(request)
    expect(seen[0]?.ip).toBe('192.0.2.1')
    expect((await outcome(post(form))).content).not.toHaveProperty('ip')
  })

  it.each([null, undefined])('an address that is %s is unknown', async (found) => {
    const { deviceAuth } = createTestServer()
    const handler = toFetchHandler(deviceAuth, { ip: () => found })
    expect((await handler(post('client_id=tv', {}, '/device_authorization'))).status).toBe(200)
  })

  it.each([Promise.resolve('192.0.2.1'), { address: '192.0.2.1' }])('refuses %o as address', async (found) => {
    const handler = toFetchHandler(echoDeviceAuth<Request>(), { ip: () => found as never })
    await expect(handler(post(form))).rejects.toThrow(
      /^toFetchHandler: option `ip` is a function whose result is no text/,
    )
  })

  it('sends every value of a header, and no body with status 204', async () => {
    const answer = (): { status: number; headers: Record<string, string | string[]>; body: string } => ({
      status: 204,
      headers: { 'set-cookie': ['a=1', 'b=2'], 'x-one': '1' },
      body: '',
    })
    const response = await toFetchHandler(echoDeviceAuth<Request>([], answer))(post(form))
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect([response.status, response.headers.get('x-one')]).toEqual([204, '1'])
  })

  it('rejects if an endpoint rejects, so that the platform gets the error', async () => {
    const broken = echoDeviceAuth<Request>([], () => Promise.reject(new Error('broken')))
    await expect(toFetchHandler(broken)(post(form))).rejects.toThrow('broken')
  })
})

describe('the arguments after the request', () => {
  interface Context {
    readonly address: string
    readonly account: string
  }
  const context: Context = { address: '192.0.2.9', account: 'ada' }

  it('reach `ip` and `native`, so that hooks know user, address and context', async () => {
    const seen: OAuthRequest<{ readonly user: { readonly id: string } }>[] = []
    const serve = toFetchHandler(echoDeviceAuth(seen), {
      ip: (_request, { address }: Context) => address,
      native: async (_request, { account }: Context) => ({ user: { id: account } }),
    })
    expect((await serve(post(form), context)).status).toBe(200)
    expect(seen).toMatchObject([{ ip: '192.0.2.9', native: { user: { id: 'ada' } } }])
  })

  it('the default hook authenticateUser finds the user of `native`', async () => {
    const { deviceAuth } = createTestServer({ paths: { verification: '/device' } })
    const serve = toFetchHandler(deviceAuth, {
      native: (_request, { account }: Context) => ({ user: { id: account } }),
    })
    const page = await serve(new Request(`${base}/device`), context)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('ada')])
  })

  it('are not asked for a path without an endpoint', async () => {
    let calls = 0
    const serve = toFetchHandler(echoDeviceAuth<number>(), { native: () => calls++ })
    expect((await serve(post(form, {}, '/other'))).status).toBe(404)
    expect(calls).toBe(0)
  })

  it.each([{ native: 5 }, { user: () => ({}) }])('the option %j is refused', (wrong) => {
    expect(() => toFetchHandler(echoDeviceAuth<Request>(), Object(wrong))).toThrow(/^toFetchHandler: option `/)
  })
})
