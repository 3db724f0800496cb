import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { writeResponse } from '../../src/adapters/node-response.ts'
import { answerNode, serveNode } from '../../src/adapters/serve-node.ts'
import { type Endpoint, jsonResponse, type OAuthRequest, type OAuthResponse } from '../../src/http.ts'
import { listen, requestText, Wire, type WireResponse } from '../../src/testing/adapter-contract/wire.ts'
import { ask } from './ask.ts'

const form = 'client_id=tv'

describe('serveNode', () => {
  const goings: [string, (req: IncomingMessage, wire: Wire) => void][] = [
    ['before it is read', (req) => req.destroy()],
    ['while it is read', (req) => setImmediate(() => req.destroy())],
    ['with a reset', (_req, wire) => setImmediate(() => wire.socket.resetAndDestroy())],
    ['with an end', (_req, wire) => setImmediate(() => wire.socket.end())],
  ]
  it.each(goings)('F-51 is not awaited if it breaks off %s', async (_name, go) => {
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

describe('answerNode', () => {
  /** The request that the endpoint got, the value that the framework got, and the response on the wire. */
  async function exchange(
    body: string,
    headers: Readonly<Record<string, string>> = {},
    endpoint: Endpoint = async () => jsonResponse(200, {}),
  ): Promise<{ asked?: OAuthRequest; value?: OAuthResponse | undefined; error?: unknown; response: WireResponse }> {
    const found: { asked?: OAuthRequest; value?: OAuthResponse | undefined; error?: unknown } = {}
    const remember: Endpoint = (asked) => {
      found.asked = asked
      return endpoint(asked)
    }
    const response = await ask(
      async (req, res) => {
        try {
          const given = { path: '/token', ip: '192.0.2.1', native: 'native' }
          found.value = await answerNode(remember, req, res, given)
          if (found.value !== undefined) writeResponse(res, found.value)
        } catch (error) {
          found.error = error
          res.end()
        }
      },
      ...(['POST', '/mount/token?a=1', body, headers] as const),
    )
    return { ...found, response }
  }

  it('reads method, query, headers and form of the request itself', async () => {
    const { asked, value, response } = await exchange(form, { 'x-trace': '7' })
    expect(asked).toMatchObject({ method: 'POST', path: '/token', ip: '192.0.2.1', native: 'native' })
    expect([asked?.query.get('a'), asked?.headers['x-trace'], asked?.form.get('client_id')]).toEqual(['1', '7', 'tv'])
    expect([value?.status, response.status]).toEqual([200, 200])
  })

  it('reads the form that a body parser kept on the request of the framework', async () => {
    const read = new Promise<OAuthRequest>((resolve) => {
      const endpoint: Endpoint = async (asked) => {
        resolve(asked)
        return jsonResponse(200, {})
      }
      void ask(
        (req, res) => {
          req.resume()
          req.on('end', async () => {
            const parsed = { body: { client_id: 'of the framework' } }
            const given = { path: '/token', ip: undefined, native: undefined, parsed }
            const value = await answerNode(endpoint, req, res, given)
            if (value !== undefined) writeResponse(res, value)
          })
        },
        ...(['POST', '/token', form] as const),
      )
    })
    expect((await read).form.get('client_id')).toBe('of the framework')
  })

  it('returns a response for a form that is refused', async () => {
    const { asked, value } = await exchange('client_id=%ff')
    expect([asked, value?.status]).toEqual([undefined, 400])
  })

  it('F-51 writes a 413 itself, because its client is still sending', async () => {
    const { value, response } = await exchange('x'.repeat(20_000))
    expect([value, response.status, response.headers.connection]).toEqual([undefined, 413, 'close'])
  })

  it('F-51 answers nothing to a client that goes in the middle of its form', async () => {
    const values: unknown[] = []
    const wires: Wire[] = []
    const ended = new Promise<void>((resolve) => {
      void listen(async (req, res) => {
        for (const wire of wires) wire.close()
        const given = { path: '/token', ip: undefined, native: undefined }
        values.push(await answerNode(async () => jsonResponse(200, {}), req, res, given))
        resolve()
      }).then(({ port, server }) => {
        const wire = new Wire(port)
        wires.push(wire)
        wire.write(requestText('POST', '/token', form, { 'content-length': '500' }))
        wire.socket.on('close', () => server.close())
      })
    })
    await ended
    expect(values).toEqual([undefined])
  })

  it('rejects if an endpoint rejects', async () => {
    const { error } = await exchange(form, {}, () => Promise.reject(new Error('broken')))
    expect(error).toEqual(new Error('broken'))
  })
})
