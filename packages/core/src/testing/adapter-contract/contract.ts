import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceAuth } from '../src/contract/device-auth.ts'
import { MAX_FORM_BYTES } from '../src/form.ts'
import type { OAuthRequest } from '../src/http.ts'
import { type Echo, echoDeviceAuth } from './echo.ts'
import { chunked, type Listening, listen, requestText, send, Wire, type WireResponse } from './wire.ts'

/** One way to put a server behind node:http. */
export interface Mounting<Native> {
  readonly name: string
  /** In front of every path: `/oauth`. */
  readonly prefix: string
  /** A body parser is in front: bytes and limits are its own then, and only the outcome is ours. */
  readonly parsed?: boolean
  /** `cookie` is what the application in front sets on every answer. */
  mount(deviceAuth: DeviceAuth<Native>, cookie?: string): RequestListener
}

const form = 'grant_type=x&client_id=tv&device_code=a%20b'
const parameters = { grant_type: 'x', client_id: 'tv', device_code: 'a b' }
const json = { 'content-type': 'application/json' }

/** What every adapter on node:http does alike. */
export function httpContract<Native>({ name, prefix, parsed = false, mount }: Mounting<Native>): void {
  describe(name, () => {
    const seen: OAuthRequest<Native>[] = []
    const token = `${prefix}/token`
    let listening: Listening
    let port = 0

    beforeAll(async () => {
      listening = await listen(mount(echoDeviceAuth<Native>(seen)))
      port = listening.port
    })
    afterAll(() => listening.close())
    beforeEach(() => {
      seen.length = 0
    })

    /** With a parser in front, the limits on the wire are the parser's. */
    const itUnparsed = (title: string, test: () => Promise<void>): void => {
      if (!parsed) it(title, test)
    }
    const post = (body: string, headers: Readonly<Record<string, string>> = {}): Promise<WireResponse> =>
      send(port, 'POST', token, body, headers)

    describe('the form', () => {
      it('8628-3.1-2 reads a UTF-8 form, by any spelling of its content type', async () => {
        for (const type of [
          'application/x-www-form-urlencoded',
          'application/x-www-form-urlencoded;charset=UTF-8',
          'APPLICATION/X-WWW-FORM-URLENCODED; charset="utf-8"',
        ]) {
          const response = await post(form, { 'content-type': type })
          expect(response.status, type).toBe(200)
          expect(echoOf(response)).toMatchObject({ method: 'POST', path: '/token', query: [], parameters })
        }
      })

      it('F-56 refuses every other content type, and leaves the body alone', async () => {
        for (const type of [
          'application/json',
          'text/plain',
          'application/x-www-form-urlencoded;charset=utf-16',
          'application/x-www-form-urlencoded, application/json',
          '',
        ]) {
          const response = await post(type.endsWith('json') ? '{"client_id":"tv"}' : form, { 'content-type': type })
          expect(parsed ? [400, 415] : [400], type).toContain(response.status)
          if (response.status === 400) expect(errorOf(response)).toBe('invalid_request')
        }
        for (const request of seen) expect([...request.form]).toEqual([])
      })

      it('F-51 refuses a compressed body with 415', async () => {
        const body = gzipSync(form).toString('latin1')
        const response = await post(body, { 'content-encoding': 'gzip' })
        expect(response.status).toBe(415)
      })

      it('8628-3.1-8 F-55 sees a repeated parameter', async () => {
        for (const repeated of ['client_id=tv&client_id=tv', 'client_id=tv&client_id=pc', 'client_id=&client_id=tv']) {
          const response = await post(`${form}&${repeated}`.replace('client_id=tv&', ''))
          expect(response.status, repeated).toBe(400)
          expect(errorOf(response)).toBe('invalid_request')
        }
      })

      it('8628-3.1-6 leaves out an empty parameter', async () => {
        const response = await post('client_id=tv&scope=')
        expect(echoOf(response).parameters).toEqual({ client_id: 'tv' })
      })

      it('F-53 hands only strings to an endpoint', async () => {
        for (const body of [
          'client_id[$ne]=x',
          'client_id[a][b]=x',
          'client_id.b=x',
          '__proto__[client_id]=x',
          '__proto__=x&constructor[prototype][client_id]=x',
        ]) {
          const response = await post(body)
          // a parser may leave nothing at all of it
          expect(parsed ? [200, 400] : [200], body).toContain(response.status)
          if (response.status === 200) expect(echoOf(response).parameters, body).toEqual({})
        }
        for (const request of seen) for (const [, value] of request.form) expect(typeof value).toBe('string')
        expect(Reflect.get({}, 'client_id')).toBeUndefined()
      })

      it('F-57 answers bytes that are no UTF-8 form with 400, never with 500', async () => {
        for (const body of [
          'client_id=%ff',
          'client_id=%ZZ',
          'client_id=\xff',
          'client_id=%c0%80',
          'client_id=%ed%a0%80',
        ]) {
          const response = await post(body)
          if (parsed) expect(response.status, body).toBeLessThan(500)
          else expect([response.status, errorOf(response)], body).toEqual([400, 'invalid_request'])
        }
        for (const body of ['client_id=%00', 'client_id=%0d%0a', `client_id=${'\u00f0\u009f\u0098\u0080'}`]) {
          expect((await post(body)).status, body).toBe(200)
        }
      })

      it('F-52 refuses 100,000 parameters, and 900 repeats, at once', async () => {
        const start = performance.now()
        expect((await post('a=1&'.repeat(100_000))).status).toBe(413)
        expect((await post('client_id=1&'.repeat(900))).status).toBe(400)
        expect(performance.now() - start).toBeLessThan(1_000)
      })

      it('a request that is no POST has no form', async () => {
        const response = await send(port, 'GET', `${prefix}/device?user_code=A&user_code=B`, form, {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': String(form.length),
        })
        expect(echoOf(response)).toMatchObject({ method: 'GET', path: '/device' })
        expect(echoOf(response).query).toEqual([
          ['user_code', 'A'],
          ['user_code', 'B'],
        ])
        expect([...(seen[0]?.form ?? ['none'])]).toEqual([])
      })

      it('an empty body is an empty form', async () => {
        expect(echoOf(await post('')).parameters).toEqual({})
      })
    })

    describe('the body on the wire', () => {
      const sized = (bytes: number): string => `client_id=tv&x=${'y'.repeat(bytes - 'client_id=tv&x='.length)}`
      const asChunks = { 'transfer-encoding': 'chunked' }

      it('F-51 takes a form of 16 KiB', async () => {
        const body = sized(MAX_FORM_BYTES)
        expect(echoOf(await post(body)).parameters).toEqual({ client_id: 'tv' })
        expect(echoOf(await post(chunked(body), asChunks)).parameters).toEqual({ client_id: 'tv' })
      })

      it('F-51 refuses one byte more with 413, in JSON, and closes the connection', async () => {
        const bodies: [string, Record<string, string>][] = [
          [sized(MAX_FORM_BYTES + 1), {}],
          [chunked(sized(9_000), sized(9_000)), asChunks],
        ]
        for (const [body, headers] of bodies) {
          const wire = new Wire(port)
          wire.write(requestText('POST', token, body, headers))
          const response = await wire.response()
          expect(response?.status).toBe(413)
          expect(response?.headers).toMatchObject({ connection: 'close', 'content-type': 'application/json' })
          expect(errorOf(response)).toBe('invalid_request')
          await wire.ended()
        }
        expect(seen).toEqual([])
      })

      it('F-51 tells the sender of 1 MB why, before it closes', async () => {
        for (const [body, headers] of [
          [sized(1_000_000), {}],
          [chunked(sized(500_000), sized(500_000)), asChunks],
        ] as const) {
          const response = await post(body, headers)
          expect(response.status).toBe(413)
        }
      })

      itUnparsed('F-51 answers a declared length over the limit before the body comes', async () => {
        const wire = new Wire(port)
        wire.write(requestText('POST', token, '', { 'content-length': '1000000' }))
        expect((await wire.response())?.status).toBe(413)
        wire.close()
      })

      itUnparsed('F-51 ends a chunked body that never ends', async () => {
        const wire = new Wire(port)
        wire.write(requestText('POST', token, '', asChunks))
        const piece = `10000\r\n${'y'.repeat(0x10000)}\r\n`
        let closed = false
        wire.socket.on('close', () => {
          closed = true
        })
        let sent = 0
        while (!closed && sent < 1_000) {
          sent += 1
          await new Promise((resolve) => wire.socket.write(piece, resolve))
          await new Promise(setImmediate)
        }
        expect((await wire.response())?.status).toBe(413)
        // 64 KiB a piece: what it swallows is bounded
        expect(sent).toBeLessThan(1_000)
      })

      it('F-51 puts together a body that comes a byte at a time, cut within a character', async () => {
        const wire = new Wire(port)
        const body = 'client_id=tv&scope=\xc3\xa9'
        wire.write(requestText('POST', token, '', { 'content-length': String(body.length) }))
        for (const byte of body) {
          wire.write(byte)
          await new Promise(setImmediate)
        }
        const response = await wire.response()
        expect(JSON.parse(Buffer.from(response?.body ?? '', 'latin1').toString()).parameters.scope).toBe('\u00e9')
        wire.close()
      })

      it('reads a chunked body', async () => {
        const response = await post(chunked('grant_type=x&cl', 'ient_id=tv', '&device_code=a%20b'), asChunks)
        expect(echoOf(response).parameters).toEqual(parameters)
      })

      it('F-51 survives a sender that goes in the middle of a body, and calls no endpoint', async () => {
        const wire = new Wire(port)
        const accepted = once(listening.server, 'connection')
        wire.write(requestText('POST', token, 'client_id=tv', { 'content-length': '500' }))
        const [socket] = await accepted
        // the server's side: it has read the head and the piece when the bytes are all there
        while (socket.bytesRead < 100) await new Promise(setImmediate)
        wire.close()
        await new Promise((resolve) => socket.on('close', resolve))
        expect((await post(form)).status).toBe(200)
        expect(seen.length).toBe(1)
      })

      it('F-51 does not answer a body shorter than declared', async () => {
        const wire = new Wire(port)
        wire.write(requestText('POST', token, form, { 'content-length': String(form.length + 5) }))
        wire.socket.end()
        await wire.ended()
        expect(wire.rest).not.toMatch(/^HTTP\/1.1 (?:200|5)/)
        expect(seen).toEqual([])
      })

      it('sends 100 Continue to whoever waits for it', async () => {
        const wire = new Wire(port)
        wire.write(requestText('POST', token, '', { 'content-length': String(form.length), expect: '100-continue' }))
        expect((await wire.response())?.status).toBe(100)
        wire.write(form)
        expect((await wire.response())?.status).toBe(200)
        wire.close()
      })

      it('keeps a connection alive, after a refusal too', async () => {
        const wire = new Wire(port)
        const statuses: (number | undefined)[] = []
        for (const [body, headers] of [
          [form, {}],
          ['{"client_id":"tv"}', json],
          [form, {}],
        ] as const) {
          wire.write(requestText('POST', token, body, headers))
          statuses.push((await wire.response())?.status)
        }
        expect(statuses).toEqual([200, 400, 200])
        wire.close()
      })

      it('answers pipelined requests in their order', async () => {
        const wire = new Wire(port)
        wire.write(['a', 'b', 'c'].map((id) => requestText('POST', token, `client_id=${id}`)).join(''))
        const ids: (string | undefined)[] = []
        for (let i = 0; i < 3; i++) ids.push(echoOf(await wire.response()).parameters.client_id)
        expect(ids).toEqual(['a', 'b', 'c'])
        wire.close()
      })
    })

    describe('the request line and the headers', () => {
      it('8628-3.1-1 F-60 answers 405 with Allow to a wrong method', async () => {
        for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
          const response = await send(port, method, token)
          expect([response.status, response.headers.allow], method).toEqual([405, 'POST'])
        }
        expect((await send(port, 'GET', token, '', { 'x-http-method-override': 'POST' })).status).toBe(405)
        expect(seen).toEqual([])
      })

      it('F-60 answers HEAD with headers alone', async () => {
        const got = await send(port, 'GET', `${prefix}/device`)
        const wire = new Wire(port)
        wire.write(requestText('HEAD', `${prefix}/device`) + requestText('GET', `${prefix}/device`))
        const head = await wire.response({ head: true })
        // the next answer follows at once, so nothing stood between
        expect((await wire.response())?.status).toBe(200)
        expect(head?.headers['content-type']).toBe(got.headers['content-type'])
        expect(Number(head?.headers['content-length'])).toBeGreaterThan(0)
        wire.close()
      })

      it('F-60 leaves other paths alone', async () => {
        for (const path of ['/', '/tokens', '/token/', '//token', '/TOKEN', '/%74oken', '/token%2f', '/a/../token']) {
          const response = await send(port, 'POST', `${prefix}${path}`, form)
          expect(response.status, path).toBe(404)
        }
        expect(seen).toEqual([])
      })

      it('takes the path of a target in absolute form, whatever its host', async () => {
        const response = await send(port, 'POST', `http://evil.example${token}?x=1`, form)
        expect(echoOf(response)).toMatchObject({ path: '/token', query: [['x', '1']], parameters })
        expect((await send(port, 'POST', 'http://evil.example/other?/token', form)).status).toBe(404)
        expect((await send(port, 'OPTIONS', '*')).status).toBe(404)
      })

      it('F-61 shows an endpoint two Authorization headers as one that no scheme allows', async () => {
        const head = `POST ${token} HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\n`
        const wire = new Wire(port)
        wire.write(`${head}authorization: Basic YTpi\r\nAuthorization: Basic Yzpk\r\ncontent-length: 0\r\n\r\n`)
        expect(echoOf(await wire.response()).authorization).toBe('Basic YTpi, Basic Yzpk')
        wire.write(`${head}authorization: Basic YTpi\r\ncontent-length: 0\r\n\r\n`)
        expect(echoOf(await wire.response()).authorization).toBe('Basic YTpi')
        wire.close()
      })

      it('adds its cookies to those that the application has set', async () => {
        const cookies = ['one=1; Path=/', 'two=2; HttpOnly']
        for (const given of [cookies, cookies[0] ?? '']) {
          const answer = { status: 200, headers: { 'set-cookie': given, 'content-length': '2' }, body: 'ok' }
          const one = await listen(
            mount(
              echoDeviceAuth<Native>([], () => answer),
              'sid=s; Path=/',
            ),
          )
          const { headers } = await send(one.port, 'GET', `${prefix}/device`)
          await one.close()
          expect(headers['set-cookie']).toBe(['sid=s; Path=/', given].flat().join(', '))
        }
      })

      it('tells the peer its own address', async () => {
        expect(echoOf(await post(form)).ip).toMatch(/127\.0\.0\.1$/)
      })
    })
  })
}

function echoOf(response: WireResponse | undefined): Echo {
  expect(response?.status, response?.body).toBe(200)
  return JSON.parse(response?.body ?? '')
}

function errorOf(response: WireResponse | undefined): unknown {
  return JSON.parse(response?.body ?? '').error
}
