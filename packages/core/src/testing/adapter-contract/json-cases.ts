import { strict as assert } from 'node:assert'
import { gzipSync } from 'node:zlib'
import { MAX_FORM_BYTES } from '../../form.ts'
import { type AdapterCase, type AdapterScene, adapterCase, echoOf, errorOf } from './scene.ts'
import { chunked, type WireResponse } from './wire.ts'

const json = { 'content-type': 'application/json' }

/** The paths that the option `compatibility: ['github']` adds. GitHub's clients send JSON to both of them. */
const paths = ['/login/device/code', '/login/oauth/access_token'] as const

function post<Native>(
  scene: AdapterScene<Native>,
  body: string,
  headers: Readonly<Record<string, string>> = {},
  path: (typeof paths)[number] = paths[0],
): Promise<WireResponse> {
  return scene.send('POST', `${scene.prefix}${path}`, body, { ...json, ...headers })
}

/** Checks that a request was refused, by the adapter or by the parser in front, and that no endpoint took a parameter of it. */
function assertRefused<Native>(scene: AdapterScene<Native>, response: WireResponse, name: string): void {
  const byParser = scene.parsedJson && response.headers['content-type'] !== 'application/json'
  assert.ok([400, ...(byParser ? [415] : [])].includes(response.status), `${name} is answered ${response.status}`)
  if (!byParser) assert.equal(errorOf(response), 'invalid_request', name)
  for (const request of scene.seen) assert.deepEqual([...request.form], [], name)
}

/** A JSON object of this many bytes. */
const sized = (bytes: number): string => {
  const start = '{"client_id":"tv","x":"'
  return `${start}${'y'.repeat(bytes - start.length - 2)}"}`
}

/** Bodies of JSON, at the endpoints that take them. */
export const jsonCases: readonly AdapterCase[] = [
  adapterCase(
    'reads a body of JSON at every path that takes it, by any spelling of its content type',
    async (scene) => {
      for (const path of paths) {
        for (const type of [
          'application/json',
          'application/json; charset=utf-8',
          'APPLICATION/JSON;charset="UTF-8"',
        ]) {
          const response = await post(scene, '{"client_id":"t\\u0076","scope":"a b"}', { 'content-type': type }, path)
          assert.equal(response.status, 200, `${path} ${type}`)
          const echo = echoOf(response)
          assert.deepEqual([echo.method, echo.path], ['POST', path])
          assert.deepEqual(echo.parameters, { client_id: 'tv', scope: 'a b' })
        }
        const form = await scene.send('POST', `${scene.prefix}${path}`, 'client_id=tv')
        assert.deepEqual(echoOf(form).parameters, { client_id: 'tv' }, 'a form too')
      }
    },
  ),

  adapterCase('F-53 only texts of a JSON object are parameters', async (scene) => {
    for (const value of ['1', 'true', 'null', '{}', '{"0":"a"}', '{"$ne":"a"}', '[]', '[["a"]]', '[{"a":"b"}]']) {
      const response = await post(scene, `{"client_id":${value},"scope":"a"}`)
      assert.deepEqual(echoOf(response).parameters, { scope: 'a' }, value)
    }
  }),

  adapterCase('8628-3.1-8 a list of texts in JSON is a repeated parameter', async (scene) => {
    const response = await post(scene, '{"client_id":["tv","tv"]}')
    assert.deepEqual([response.status, errorOf(response)], [400, 'invalid_request'])
  }),

  adapterCase('8628-3.1-8 refuses JSON with a member twice, unless a parser in front hid it', async (scene) => {
    for (const body of ['{"client_id":"tv","client_id":"tv"}', '{"client_id":"tv","client_\\u0069d":"pc"}']) {
      const response = await post(scene, body)
      if (response.status === 200 && scene.parsedJson) assert.equal(scene.seen.at(-1)?.form.size, 1)
      else assert.deepEqual([response.status, errorOf(response)], [400, 'invalid_request'], body)
    }
  }),

  adapterCase('answers a body that is no JSON object with 400, never with 500', async (scene) => {
    for (const body of [
      '[]',
      '["client_id"]',
      'null',
      '1',
      '"client_id=tv"',
      '{',
      '{"client_id":"tv"',
      '{}{}',
      'client_id=tv',
    ])
      assertRefused(scene, await post(scene, body), body)
  }),

  adapterCase('refuses JSON in another charset, and leaves the body alone', async (scene) => {
    for (const charset of ['latin1', 'utf-16', 'us-ascii'])
      assertRefused(
        scene,
        await post(scene, '{"client_id":"tv"}', { 'content-type': `application/json;charset=${charset}` }),
        charset,
      )
  }),

  adapterCase('F-57 answers bytes of JSON that are no UTF-8 with 400', async (scene) => {
    assertRefused(scene, await post(scene, '{"client_id":"\xff"}'), 'the byte FF')
  }),

  adapterCase('F-51 refuses compressed JSON with 415', async (scene) => {
    const body = gzipSync('{"client_id":"tv"}').toString('latin1')
    assert.equal((await post(scene, body, { 'content-encoding': 'gzip' })).status, 415)
    for (const request of scene.seen) assert.deepEqual([...request.form], [])
  }),

  adapterCase('F-51 takes JSON of 16 KiB, and refuses one byte more with 413', async (scene) => {
    const chunks = { 'transfer-encoding': 'chunked' }
    const body = sized(MAX_FORM_BYTES)
    assert.deepEqual(echoOf(await post(scene, body)).parameters, { client_id: 'tv' })
    assert.deepEqual(echoOf(await post(scene, chunked(body), chunks)).parameters, { client_id: 'tv' })
    assert.equal((await post(scene, sized(MAX_FORM_BYTES + 1))).status, 413)
    const more = sized(MAX_FORM_BYTES + 100)
    assert.equal((await post(scene, chunked(more.slice(0, 9_000), more.slice(9_000)), chunks)).status, 413)
    assert.equal(scene.seen.length, 2)
  }),

  adapterCase('an empty body of JSON has no parameters', async (scene) => {
    assert.deepEqual(echoOf(await post(scene, '')).parameters, {})
    assert.deepEqual(echoOf(await post(scene, '{}')).parameters, {})
  }),
]
