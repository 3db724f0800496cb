import { strict as assert } from 'node:assert'
import { gzipSync } from 'node:zlib'
import { type AdapterCase, adapterCase, echoOf, errorOf, form, parameters } from './scene.ts'

/** Forms: their content types, their encoding, and their parameters. */
export const formCases: readonly AdapterCase[] = [
  adapterCase('8628-3.1-2 reads a UTF-8 form, by any spelling of its content type', async (scene) => {
    for (const type of [
      'application/x-www-form-urlencoded',
      'application/x-www-form-urlencoded;charset=UTF-8',
      'APPLICATION/X-WWW-FORM-URLENCODED; charset="utf-8"',
    ]) {
      const response = await scene.post(form, { 'content-type': type })
      assert.equal(response.status, 200, type)
      const echo = echoOf(response)
      assert.deepEqual([echo.method, echo.path, echo.query], ['POST', '/token', []])
      assert.deepEqual(echo.parameters, parameters)
    }
  }),

  adapterCase('F-56 refuses every other content type, and leaves the body alone', async (scene) => {
    for (const type of [
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded;charset=utf-16',
      'application/x-www-form-urlencoded, application/json',
      '',
    ]) {
      const body = type.endsWith('json') ? '{"client_id":"tv"}' : form
      const response = await scene.post(body, { 'content-type': type })
      const allowed = scene.parsed ? [400, 415] : [400]
      assert.ok(allowed.includes(response.status), `${type} is answered ${response.status}`)
      if (response.status === 400) assert.equal(errorOf(response), 'invalid_request')
    }
    for (const request of scene.seen) assert.deepEqual([...request.form], [])
  }),

  adapterCase('F-51 refuses a compressed body with 415', async (scene) => {
    const response = await scene.post(gzipSync(form).toString('latin1'), { 'content-encoding': 'gzip' })
    assert.equal(response.status, 415)
  }),

  adapterCase('8628-3.1-8 F-55 sees a repeated parameter', async (scene) => {
    for (const repeated of ['client_id=tv&client_id=tv', 'client_id=tv&client_id=pc', 'client_id=&client_id=tv']) {
      const response = await scene.post(`${form}&${repeated}`.replace('client_id=tv&', ''))
      assert.equal(response.status, 400, repeated)
      assert.equal(errorOf(response), 'invalid_request')
    }
  }),

  adapterCase('8628-3.1-6 leaves out an empty parameter', async (scene) => {
    assert.deepEqual(echoOf(await scene.post('client_id=tv&scope=')).parameters, { client_id: 'tv' })
  }),

  adapterCase('F-53 hands only strings to an endpoint', async (scene) => {
    for (const body of [
      'client_id[$ne]=x',
      'client_id[a][b]=x',
      'client_id.b=x',
      '__proto__[client_id]=x',
      '__proto__=x&constructor[prototype][client_id]=x',
    ]) {
      const response = await scene.post(body)
      // a parser may keep nothing at all of it
      const allowed = scene.parsed ? [200, 400] : [200]
      assert.ok(allowed.includes(response.status), `${body} is answered ${response.status}`)
      if (response.status === 200) assert.deepEqual(echoOf(response).parameters, {}, body)
    }
    for (const request of scene.seen) for (const [, value] of request.form) assert.equal(typeof value, 'string')
    assert.equal(Reflect.get({}, 'client_id'), undefined)
  }),

  adapterCase('F-57 answers bytes that are no UTF-8 form with 400, never with 500', async (scene) => {
    for (const body of [
      'client_id=%ff',
      'client_id=%ZZ',
      'client_id=\xff',
      'client_id=%c0%80',
      'client_id=%ed%a0%80',
    ]) {
      const response = await scene.post(body)
      if (scene.parsed) assert.ok(response.status < 500, `${body} is answered ${response.status}`)
      else assert.deepEqual([response.status, errorOf(response)], [400, 'invalid_request'], body)
    }
    for (const body of ['client_id=%00', 'client_id=%0d%0a', `client_id=${'\u00f0\u009f\u0098\u0080'}`]) {
      assert.equal((await scene.post(body)).status, 200, body)
    }
  }),

  adapterCase('F-52 refuses 100,000 parameters, and 900 repeats, at once', async (scene) => {
    let taken = Number.POSITIVE_INFINITY
    // a machine that is busy with something else may delay one try
    for (let tries = 0; tries < 3 && taken >= 1_000; tries++) {
      const start = performance.now()
      assert.equal((await scene.post('a=1&'.repeat(100_000))).status, 413)
      assert.equal((await scene.post('client_id=1&'.repeat(900))).status, 400)
      taken = performance.now() - start
    }
    assert.ok(taken < 1_000, 'within a second')
  }),

  adapterCase('a request that is no POST has no form', async (scene) => {
    const response = await scene.send('GET', `${scene.prefix}/device?user_code=A&user_code=B`, form, {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(form.length),
    })
    const { method, path, query } = echoOf(response)
    assert.deepEqual([method, path], ['GET', '/device'])
    assert.deepEqual(query, [
      ['user_code', 'A'],
      ['user_code', 'B'],
    ])
    assert.deepEqual([...(scene.seen[0]?.form ?? ['none'])], [])
  }),

  adapterCase('an empty body is an empty form', async (scene) => {
    assert.deepEqual(echoOf(await scene.post('')).parameters, {})
  }),
]
