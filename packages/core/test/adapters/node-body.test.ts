import { IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { jsonResponse, type OAuthRequest } from '../src/http.ts'
import { serveNode, toNodeHandler, writeResponse } from '../src/node.ts'
import { echoDeviceAuth } from './echo.ts'
import { httpContract } from './http-contract.ts'
import { listen, requestText, send, Wire } from './wire.ts'

const form = 'client_id=tv'

httpContract<IncomingMessage>({
  name: 'toNodeHandler at the root',
  prefix: '',
  mount: (deviceAuth, cookie) => withCookie(cookie, toNodeHandler(deviceAuth)),
})

httpContract<IncomingMessage>({
  name: 'toNodeHandler under a prefix',
  prefix: '/oauth',
  mount: (deviceAuth, cookie) => withCookie(cookie, toNodeHandler(deviceAuth, undefined, { prefix: '/oauth/' })),
})

/** As Connect does it: strips the mount point, and hands over `next`. */
httpContract<IncomingMessage>({
  name: 'toNodeHandler as middleware',
  prefix: '/auth',
  mount: (deviceAuth, cookie) => {
    const handler = toNodeHandler(deviceAuth)
    return withCookie(cookie, (req, res) => {
      req.url = req.url?.replace(/^(http:\/\/[^/]*)?\/auth/, '$1')
      handler(req, res, (error) => res.writeHead(error === undefined ? 404 : 500).end())
    })
  },
})

/** An application in front that sets a cookie. */
function withCookie(cookie: string | undefined, listener: RequestListener): RequestListener {
  return (req, res) => {
    if (cookie !== undefined) res.setHeader('Set-Cookie', cookie)
    listener(req, res)
  }
}

async function answerOf(
  listener: RequestListener,
  ...request: Parameters<typeof requestText>
): Promise<{ status: number; body: string; headers: Readonly<Record<string, string>> }> {
  const listening = await listen(listener)
  try {
    return await send(listening.port, ...request)
  } finally {
    await listening.close()
  }
}

describe('toNodeHandler', () => {
  it('answers 404 in JSON when nobody comes after it', async () => {
    const response = await answerOf(toNodeHandler(echoDeviceAuth()), 'GET', '/other')
    expect(response.status).toBe(404)
    expect(response.headers['content-type']).toBe('application/json')
    expect(JSON.parse(response.body).error).toBe('invalid_request')
  })

  it('hands other paths to the application behind it', async () => {
    const handler = toNodeHandler(echoDeviceAuth(), (_req, res) => void res.end('application'))
    expect((await answerOf(handler, 'GET', '/other')).body).toBe('application')
    expect((await answerOf(handler, 'POST', '/token', form)).status).toBe(200)
  })

  it('with a prefix, serves the metadata at the root as well', async () => {
    const handler = toNodeHandler(echoDeviceAuth(), undefined, { prefix: 'oauth' })
    expect((await answerOf(handler, 'GET', '/.well-known/oauth-authorization-server/oauth')).status).toBe(200)
    expect((await answerOf(handler, 'GET', '/oauth/.well-known/oauth-authorization-server')).status).toBe(200)
    expect((await answerOf(handler, 'GET', '/oauthx/device')).status).toBe(404)
    const mounted = toNodeHandler(echoDeviceAuth())
    expect((await answerOf(mounted, 'GET', '/.well-known/oauth-authorization-server/oauth')).status).toBe(404)
  })

  it('serves only the paths it is told to', async () => {
    const options = { prefix: '/oauth', only: ['/token'] }
    const handler = toNodeHandler(echoDeviceAuth(), (_req, res) => void res.end('application'), options)
    expect((await answerOf(handler, 'POST', '/oauth/token', form)).status).toBe(200)
    for (const path of ['/oauth/device', '/token', '/.well-known/oauth-authorization-server/oauth']) {
      expect((await answerOf(handler, 'GET', path)).body).toBe('application')
    }
  })

  it('hands a failure to next, and without one answers 500 that says nothing of it', async () => {
    const broken = echoDeviceAuth<IncomingMessage>([], () => Promise.reject(new Error('a secret')))
    const response = await answerOf(toNodeHandler(broken), 'POST', '/token', form)
    expect([response.status, JSON.parse(response.body).error]).toEqual([500, 'server_error'])
    expect(response.body).not.toContain('secret')
    const handed: unknown[] = []
    const middleware: RequestListener = (req, res) =>
      toNodeHandler(broken)(req, res, (error) => {
        handed.push(error)
        res.end()
      })
    await answerOf(middleware, 'POST', '/token', form)
    expect(handed).toEqual([new Error('a secret')])
  })

  it('hands hooks the request itself', async () => {
    const seen: OAuthRequest<IncomingMessage>[] = []
    await answerOf(toNodeHandler(echoDeviceAuth(seen)), 'POST', '/token', form)
    expect(seen[0]?.native).toBeInstanceOf(IncomingMessage)
  })
})

/** A middleware that reads the whole stream, keeps what `keep` makes of it, and goes on. */
function swallowing(keep: (req: IncomingMessage, text: string) => void): RequestListener {
  const handler = toNodeHandler(echoDeviceAuth())
  return (req, res) => {
    let text = ''
    req.setEncoding('utf8')
    req.on('data', (piece) => {
      text += piece
    })
    req.on('end', () => {
      keep(req, text)
      handler(req, res)
    })
  }
}

describe('a body that somebody else has read', () => {
  const kept = async (keep: Parameters<typeof swallowing>[0], body = form) => {
    const response = await answerOf(swallowing(keep), 'POST', '/token', body)
    return { status: response.status, content: JSON.parse(response.body) }
  }

  it('F-55 is taken as kept: text, bytes, an object, URLSearchParams', async () => {
    const ways: Parameters<typeof swallowing>[0][] = [
      (req, text) => Object.assign(req, { body: text }),
      (req, text) => Object.assign(req, { body: Buffer.from(text) }),
      (req, text) => Object.assign(req, { body: new Uint8Array(Buffer.from(`__${text}`)).subarray(2) }),
      (req, text) => Object.assign(req, { body: {}, rawBody: Buffer.from(text) }),
      (req) => Object.assign(req, { body: { client_id: 'tv', n: 1, o: { p: 'q' }, b: true, nothing: null } }),
      (req) => Object.assign(req, { body: Object.assign(Object.create(null), { client_id: ['tv', 1, {}] }) }),
      (req, text) => Object.assign(req, { body: new URLSearchParams(text) }),
    ]
    for (const way of ways) expect((await kept(way)).content.parameters).toEqual({ client_id: 'tv' })
  })

  it('F-55 shows its repeats', async () => {
    const { status } = await kept((req) => Object.assign(req, { body: { client_id: ['a', 'b'] } }))
    expect(status).toBe(400)
  })

  it('F-51 is bounded too', async () => {
    const long = 'y'.repeat(16 * 1024)
    for (const body of [long + form, Buffer.from(long + form), { a: long, client_id: 'tv' }]) {
      expect((await kept((req) => Object.assign(req, { body }))).status).toBe(413)
    }
  })

  it('F-57 is refused where a parser replaced wrong bytes', async () => {
    for (const body of [{ client_id: '\ufffd' }, 'client_id=\ufffd', Buffer.from([0x61, 0x3d, 0xff])]) {
      const { status, content } = await kept((req) => Object.assign(req, { body }))
      expect([status, content.error]).toEqual([400, 'invalid_request'])
    }
  })

  it('is a clear 500 when nothing was kept, and never hangs', async () => {
    for (const body of [undefined, null, 7, true, ['client_id=tv']]) {
      const { status, content } = await kept((req) => Object.assign(req, { body }))
      expect([status, content.error]).toEqual([500, 'server_error'])
      expect(content.error_description).toContain('middleware')
    }
  })

  it('is a clear 400 when an empty object is all there is', async () => {
    const { status, content } = await kept((req) => Object.assign(req, { body: {} }))
    expect([status, content.error]).toEqual([400, 'invalid_request'])
    expect(content.error_description).toContain('middleware')
    expect((await kept((req) => Object.assign(req, { body: {} }), '')).status).toBe(200)
  })

  it('is refused by its content type first', async () => {
    const listener = swallowing((req) => Object.assign(req, { body: { client_id: { $ne: '' } } }))
    const response = await answerOf(listener, 'POST', '/token', '{}', { 'content-type': 'application/json' })
    expect(response.status).toBe(400)
  })
})

describe('a body that somebody has been at', () => {
  const handler = toNodeHandler(echoDeviceAuth())
  const ways: [string, RequestListener][] = [
    ['paused', (req, res) => handler(req.pause(), res)],
    ['set to text', (req, res) => handler(req.setEncoding('latin1'), res)],
    ['handled a turn later', (req, res) => void setImmediate(() => handler(req, res))],
    ['empty in its body member', (req, res) => handler(Object.assign(req, { body: {} }), res)],
  ]
  it.each(ways)('is read all the same: %s', async (_name, listener) => {
    const response = await answerOf(listener, 'POST', '/token', 'client_id=tv&scope=\xc3\xa9')
    expect(JSON.parse(Buffer.from(response.body, 'latin1').toString()).parameters).toEqual({
      client_id: 'tv',
      scope: '\u00e9',
    })
  })

  const goings: [string, (req: IncomingMessage, wire: Wire) => void][] = [
    ['before it is read', (req) => req.destroy()],
    ['while it is read', (req) => setImmediate(() => req.destroy())],
    ['with a reset', (_req, wire) => setImmediate(() => wire.socket.resetAndDestroy())],
    ['with an end', (_req, wire) => setImmediate(() => wire.socket.end())],
  ]
  it.each(goings)('F-51 is not waited for when it breaks off %s', async (_name, go) => {
    let settle: (answered: boolean) => void = () => undefined
    const gone = new Promise<boolean>((resolve) => {
      settle = resolve
    })
    const done: unknown[] = []
    const wires: Wire[] = []
    const listening = await listen((req, res) => {
      for (const wire of wires) go(req, wire)
      req.on('close', () => setImmediate(() => settle(res.headersSent)))
      const exchange = {
        method: 'POST',
        path: '/token',
        query: '',
        headers: req.headers,
        ip: undefined,
        native: undefined,
      }
      serveNode(
        async () => jsonResponse(200, {}),
        req,
        res,
        exchange,
        (error) => done.push(error),
      )
    })
    const wire = new Wire(listening.port)
    wires.push(wire)
    wire.write(requestText('POST', '/token', form, { 'content-length': '500' }))
    expect(await gone).toBe(false)
    expect(done).toEqual([])
    await listening.close()
  })
})

describe('writeResponse', () => {
  it('writes nothing where an answer has been given', async () => {
    const listener: RequestListener = (_req, res) => {
      res.end('first')
      writeResponse(res, jsonResponse(200, { second: true }))
    }
    expect((await answerOf(listener, 'GET', '/')).body).toBe('first')
  })

  it('writes a header that has several values once each', async () => {
    const listener: RequestListener = (_req, res: ServerResponse) =>
      writeResponse(res, { status: 200, headers: { 'set-cookie': ['a=1', 'b=2'], 'content-length': '0' }, body: '' })
    expect((await answerOf(listener, 'GET', '/')).headers['set-cookie']).toBe('a=1, b=2')
  })
})
