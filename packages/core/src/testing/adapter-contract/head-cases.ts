import { strict as assert } from 'node:assert'
import { type AdapterCase, adapterCase, echoOf, form, holdsSoon, parameters } from './scene.ts'
import { requestText, type Wire } from './wire.ts'

const json = { 'content-type': 'application/json' }

/** Methods, paths, headers, cookies and addresses. */
export const headCases: readonly AdapterCase[] = [
  adapterCase('8628-3.1-1 F-60 answers 405 with Allow to a wrong method', async (scene) => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
      const response = await scene.send(method, scene.token)
      assert.deepEqual([response.status, response.headers.allow], [405, 'POST'], method)
    }
    const overridden = await scene.send('GET', scene.token, '', { 'x-http-method-override': 'POST' })
    assert.equal(overridden.status, 405)
    assert.deepEqual(scene.seen, [])
  }),

  adapterCase('hands OPTIONS to an endpoint that has it, with the headers of the question', async (scene) => {
    const path = `${scene.prefix}/device/present`
    const question = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' }
    assert.equal(echoOf(await scene.send('OPTIONS', path, '', question)).method, 'OPTIONS')
    const { origin, 'access-control-request-method': asked } = scene.seen[0]?.headers ?? {}
    assert.deepEqual([origin, asked], ['https://app.example.com', 'POST'])
    const refused = await scene.send('GET', path)
    assert.deepEqual([refused.status, refused.headers.allow], [405, 'POST, OPTIONS'])
  }),

  adapterCase('reads a body of JSON for an endpoint that takes it', async (scene) => {
    const path = `${scene.prefix}/device/present`
    const response = await scene.send('POST', path, '{"client_id":"t\\u0076","scope":"a b","n":1}', json)
    assert.deepEqual(echoOf(response).parameters, { client_id: 'tv', scope: 'a b' })
  }),

  adapterCase('F-60 answers HEAD with headers alone', async (scene) => {
    const page = `${scene.prefix}/device`
    const got = await scene.send('GET', page)
    const wire = scene.connect()
    wire.write(requestText('HEAD', page) + requestText('GET', page))
    const head = await wire.response({ head: true })
    // the next response follows at once, so there was no body between them
    assert.equal((await wire.response())?.status, 200)
    assert.equal(head?.headers['content-type'], got.headers['content-type'])
    assert.ok(Number(head?.headers['content-length']) > 0, 'the length of the body that GET has')
    wire.close()
  }),

  adapterCase('F-60 leaves other paths alone', async (scene) => {
    for (const path of ['/', '/tokens', '/token/', '//token', '/TOKEN', '/%74oken', '/token%2f', '/a/../token']) {
      const response = await scene.send('POST', `${scene.prefix}${path}`, form)
      assert.equal(response.status, 404, path)
    }
    assert.deepEqual(scene.seen, [])
  }),

  adapterCase('takes the path of a target in absolute form, whatever its host', async (scene) => {
    const echo = echoOf(await scene.send('POST', `http://evil.example${scene.token}?x=1`, form))
    assert.deepEqual([echo.path, echo.query], ['/token', [['x', '1']]])
    assert.deepEqual(echo.parameters, parameters)
    assert.equal((await scene.send('POST', 'http://evil.example/other?/token', form)).status, 404)
    assert.equal((await scene.send('OPTIONS', '*')).status, 404)
  }),

  adapterCase('F-61 shows an endpoint two Authorization headers as one that no scheme allows', async (scene) => {
    const head = `POST ${scene.token} HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\n`
    const wire = scene.connect()
    wire.write(`${head}authorization: Basic YTpi\r\nAuthorization: Basic Yzpk\r\ncontent-length: 0\r\n\r\n`)
    assert.equal(echoOf(await wire.response()).authorization, 'Basic YTpi, Basic Yzpk')
    wire.write(`${head}authorization: Basic YTpi\r\ncontent-length: 0\r\n\r\n`)
    assert.equal(echoOf(await wire.response()).authorization, 'Basic YTpi')
    wire.close()
  }),

  adapterCase('adds its cookies to those that the application has set', async (scene) => {
    const cookies = ['one=1; Path=/', 'two=2; HttpOnly']
    for (const given of [cookies, cookies[0] ?? '']) {
      const answer = { status: 200, headers: { 'set-cookie': given, 'content-length': '2' }, body: 'ok' }
      const { headers } = await scene.withCookie('sid=s; Path=/', answer)
      assert.equal(headers['set-cookie'], ['sid=s; Path=/', given].flat().join(', '))
    }
  }),

  adapterCase('sends a stream of events in one piece, with its type and its length', async (scene) => {
    const body = 'event: decision\ndata: decided\n\n'
    const own = { 'content-type': 'text/event-stream', 'access-control-allow-origin': '*' }
    const headers = { ...own, 'content-length': String(body.length) }
    const response = await scene.withAnswer({ status: 200, headers, body })
    assert.equal(response.body, body)
    // a charset is allowed: browsers decode a stream of events as UTF-8 in any case
    assert.match(response.headers['content-type'] ?? '', /^text\/event-stream(?:;|$)/)
    assert.equal(response.headers['access-control-allow-origin'], '*')
    assert.equal(response.headers['content-length'], String(body.length))
  }),

  // RFC 9110 section 8.6: a server must not send Content-Length with 204
  adapterCase('sends 204 with the headers alone, and without a length', async (scene) => {
    const { status, headers, body } = await scene.withAnswer({
      status: 204,
      headers: { 'cache-control': 'no-store' },
      body: '',
    })
    assert.deepEqual([status, headers['cache-control'], body], [204, 'no-store', ''])
    for (const name of ['content-length', 'content-type', 'transfer-encoding']) assert.equal(headers[name], undefined)
  }),

  adapterCase('tells an endpoint the address of the client', async (scene) => {
    assert.match(String(echoOf(await scene.post(form)).ip), /127\.0\.0\.1$/)
  }),
]

/** Connections, several requests on one, and their end. */
export const connectionCases: readonly AdapterCase[] = [
  adapterCase(
    'tells an endpoint that its client has closed the connection, and when the request arrived',
    async (scene) => {
      for (const end of [(wire: Wire) => wire.close(), (wire: Wire) => wire.socket.resetAndDestroy()]) {
        const before = performance.now()
        await scene.withWaiting(async (request, wire) => {
          assert.ok(request.arrivedAt !== undefined && request.arrivedAt >= before, 'arrivedAt')
          let told = false
          const onAborted = (): void => {
            told = true
          }
          assert.equal(request.aborted?.(onAborted), false, 'the client waits')
          end(wire)
          assert.ok(await holdsSoon(() => request.aborted?.() === true), 'aborted')
          assert.ok(await holdsSoon(() => told), 'the endpoint is told of it')
        })
      }
    },
  ),

  adapterCase('tells an endpoint without a body that its client has closed the connection', async (scene) => {
    await scene.withWaiting(
      async (request, wire) => {
        let told = false
        const onAborted = (): void => {
          told = true
        }
        assert.equal(request.aborted?.(onAborted), false, 'the client waits')
        wire.close()
        assert.ok(await holdsSoon(() => told && request.aborted?.() === true), 'the endpoint is told of it')
      },
      requestText('GET', `${scene.prefix}/device`),
    )
  }),

  adapterCase('sends 100 Continue to a client that waits for it', async (scene) => {
    const wire = scene.connect()
    wire.write(scene.postText('', { 'content-length': String(form.length), expect: '100-continue' }))
    assert.equal((await wire.response())?.status, 100)
    wire.write(form)
    assert.equal((await wire.response())?.status, 200)
    wire.close()
  }),

  adapterCase('keeps a connection alive, after a refusal too', async (scene) => {
    const wire = scene.connect()
    const statuses: (number | undefined)[] = []
    for (const [body, headers] of [
      [form, {}],
      ['{"client_id":"tv"}', json],
      [form, {}],
    ] as const) {
      wire.write(scene.postText(body, headers))
      statuses.push((await wire.response())?.status)
    }
    assert.deepEqual(statuses, [200, 400, 200])
    wire.close()
  }),

  adapterCase('answers pipelined requests in their order', async (scene) => {
    const wire = scene.connect()
    wire.write(['a', 'b', 'c'].map((id) => scene.postText(`client_id=${id}`)).join(''))
    const ids: (string | undefined)[] = []
    for (let i = 0; i < 3; i++) ids.push(echoOf(await wire.response()).parameters.client_id)
    assert.deepEqual(ids, ['a', 'b', 'c'])
    wire.close()
  }),
]
