import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { MAX_FORM_BYTES } from '../../form.ts'
import { type AdapterCase, adapterCase, echoOf, errorOf, form, parameters, unparsedCase } from './scene.ts'
import { chunked, requestText } from './wire.ts'

/** A form of this many bytes. */
const sized = (bytes: number): string => `client_id=tv&x=${'y'.repeat(bytes - 'client_id=tv&x='.length)}`
const asChunks = { 'transfer-encoding': 'chunked' }
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Bodies on the wire: their limit, their pieces, and clients that stop in the middle of one. */
export const bodyCases: readonly AdapterCase[] = [
  adapterCase('F-51 takes a form of 16 KiB', async (scene) => {
    const body = sized(MAX_FORM_BYTES)
    assert.deepEqual(echoOf(await scene.post(body)).parameters, { client_id: 'tv' })
    assert.deepEqual(echoOf(await scene.post(chunked(body), asChunks)).parameters, { client_id: 'tv' })
  }),

  adapterCase('F-51 refuses one byte more with 413, in JSON, and closes the connection', async (scene) => {
    const bodies: [string, Record<string, string>][] = [
      [sized(MAX_FORM_BYTES + 1), {}],
      [chunked(sized(9_000), sized(9_000)), asChunks],
    ]
    for (const [body, headers] of bodies) {
      const wire = scene.connect()
      wire.write(scene.postText(body, headers))
      const response = await wire.response()
      assert.equal(response?.status, 413)
      assert.equal(response?.headers.connection, 'close')
      assert.equal(response?.headers['content-type'], 'application/json')
      // the path may be that of a page, which no other site may show in a frame
      assert.equal(response?.headers['x-frame-options'], 'DENY')
      assert.equal(errorOf(response), 'invalid_request')
      await wire.ended()
    }
    assert.deepEqual(scene.seen, [])
  }),

  adapterCase('F-51 tells the sender of 1 MB why, before it closes', async (scene) => {
    for (const [body, headers] of [
      [sized(1_000_000), {}],
      [chunked(sized(500_000), sized(500_000)), asChunks],
    ] as const) {
      assert.equal((await scene.post(body, headers)).status, 413)
    }
  }),

  unparsedCase('F-51 answers a declared length over the limit before the body comes', async (scene) => {
    const wire = scene.connect()
    wire.write(scene.postText('', { 'content-length': '1000000' }))
    assert.equal((await wire.response())?.status, 413)
    wire.close()
  }),

  unparsedCase('F-51 ends a chunked body that never ends', async (scene) => {
    const wire = scene.connect()
    wire.write(scene.postText('', asChunks))
    const piece = `10000\r\n${'y'.repeat(0x10000)}\r\n`
    let closed = false
    wire.socket.on('close', () => {
      closed = true
    })
    let sent = 0
    while (!closed && sent < 1_000) {
      sent += 1
      await new Promise((resolve) => wire.socket.write(piece, resolve))
      await nextTurn()
    }
    assert.equal((await wire.response())?.status, 413)
    // pieces of 64 KiB: the number of bytes that it reads and drops is bounded
    assert.ok(sent < 1_000, `${sent} pieces were read`)
  }),

  adapterCase('F-51 puts together a body that comes a byte at a time, cut within a character', async (scene) => {
    const wire = scene.connect()
    const body = 'client_id=tv&scope=\xc3\xa9'
    wire.write(scene.postText('', { 'content-length': String(body.length) }))
    for (const byte of body) {
      wire.write(byte)
      await nextTurn()
    }
    const response = await wire.response()
    const text = Buffer.from(response?.body ?? '', 'latin1').toString()
    assert.equal(JSON.parse(text).parameters.scope, '\u00e9')
    wire.close()
  }),

  adapterCase(
    'runs an endpoint in the async context of the application, with a body that comes late too',
    async (scene) => {
      const head = scene.postText('', { 'content-length': String(form.length) })
      const page = requestText('GET', `${scene.prefix}/device`)
      assert.deepEqual(await scene.contextsOf([scene.postText(form)], [head, form], [page]), [0, 1, 2])
    },
  ),

  adapterCase('reads a chunked body', async (scene) => {
    const response = await scene.post(chunked('grant_type=x&cl', 'ient_id=tv', '&device_code=a%20b'), asChunks)
    assert.deepEqual(echoOf(response).parameters, parameters)
  }),

  adapterCase('F-51 survives a sender that goes in the middle of a body, and calls no endpoint', async (scene) => {
    const wire = scene.connect()
    const accepted = once(scene.listening.server, 'connection')
    wire.write(scene.postText('client_id=tv', { 'content-length': '500' }))
    const [socket] = await accepted
    // the socket of the server: it has read the head and the piece when all their bytes are there
    while (socket.bytesRead < 100) await nextTurn()
    wire.close()
    await new Promise((resolve) => socket.on('close', resolve))
    assert.equal((await scene.post(form)).status, 200)
    assert.equal(scene.seen.length, 1)
  }),

  adapterCase('F-51 does not answer a body shorter than declared', async (scene) => {
    const wire = scene.connect()
    wire.write(scene.postText(form, { 'content-length': String(form.length + 5) }))
    wire.socket.end()
    await wire.ended()
    assert.doesNotMatch(wire.rest, /^HTTP\/1.1 (?:200|5)/)
    assert.deepEqual(scene.seen, [])
  }),
]
