import type { IncomingMessage, RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { toNodeHandler } from '../../src/adapters/node-handler.ts'
import { echoDeviceAuth } from '../../src/testing/adapter-contract/echo.ts'
import { ask } from './ask.ts'

const form = 'client_id=tv'

/** A middleware that reads the whole stream, calls `keep` with it, and goes on. */
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

describe('a body that a middleware has read', () => {
  const kept = async (keep: Parameters<typeof swallowing>[0], body = form) => {
    const response = await ask(swallowing(keep), 'POST', '/token', body)
    return { status: response.status, content: JSON.parse(response.body) }
  }

  it('F-55 is read from what was kept: text, bytes, an object, URLSearchParams', async () => {
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

  it('F-55 still has its repeated parameters', async () => {
    const { status } = await kept((req) => Object.assign(req, { body: { client_id: ['a', 'b'] } }))
    expect(status).toBe(400)
  })

  it('F-51 is limited in size too', async () => {
    const long = 'y'.repeat(16 * 1024)
    for (const body of [long + form, Buffer.from(long + form), { a: long, client_id: 'tv' }]) {
      expect((await kept((req) => Object.assign(req, { body }))).status).toBe(413)
    }
  })

  it('F-57 is refused if a parser replaced bytes that are not UTF-8', async () => {
    for (const body of [{ client_id: '\ufffd' }, 'client_id=\ufffd', Buffer.from([0x61, 0x3d, 0xff])]) {
      const { status, content } = await kept((req) => Object.assign(req, { body }))
      expect([status, content.error]).toEqual([400, 'invalid_request'])
    }
  })

  it('is a 500 with the reason if nothing was kept, and never hangs', async () => {
    for (const body of [undefined, null, 7, true, ['client_id=tv']]) {
      const { status, content } = await kept((req) => Object.assign(req, { body }))
      expect([status, content.error]).toEqual([500, 'server_error'])
      expect(content.error_description).toContain('middleware')
    }
  })

  it('is a 400 with the reason if only an empty object was kept', async () => {
    const { status, content } = await kept((req) => Object.assign(req, { body: {} }))
    expect([status, content.error]).toEqual([400, 'invalid_request'])
    expect(content.error_description).toContain('middleware')
    expect((await kept((req) => Object.assign(req, { body: {} }), '')).status).toBe(200)
  })

  it('is refused by its content type', async () => {
    const listener = swallowing((req) => Object.assign(req, { body: { client_id: { $ne: '' } } }))
    const response = await ask(listener, 'POST', '/token', '{}', { 'content-type': 'application/json' })
    expect(response.status).toBe(400)
  })
})

describe('a body that a middleware has touched', () => {
  const handler = toNodeHandler(echoDeviceAuth())
  const ways: [string, RequestListener][] = [
    ['paused', (req, res) => handler(req.pause(), res)],
    ['set to text', (req, res) => handler(req.setEncoding('latin1'), res)],
    ['handled a turn later', (req, res) => void setImmediate(() => handler(req, res))],
    ['empty in its body member', (req, res) => handler(Object.assign(req, { body: {} }), res)],
  ]
  it.each(ways)('is still read: %s', async (_name, listener) => {
    const response = await ask(listener, 'POST', '/token', 'client_id=tv&scope=\xc3\xa9')
    expect(JSON.parse(Buffer.from(response.body, 'latin1').toString()).parameters).toEqual({
      client_id: 'tv',
      scope: '\u00e9',
    })
  })
})
