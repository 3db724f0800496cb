import { strict as assert } from 'node:assert'
import { MAX_FORM_BYTES } from '../../form.ts'
import { type AdapterCase, adapterCase, echoOf, form } from './scene.ts'

const json = { 'content-type': 'application/json' }
const event = { 'content-type': 'application/secevent+jwt' }

/** Endpoints that read a body as it is: the signals of other systems. */
export const textCases: readonly AdapterCase[] = [
  adapterCase('GTR-3.2 hands a JSON body to the endpoint that reads one, with nested objects', async (scene) => {
    const content = { sub_id: { format: 'email', email: 'j\u00f6rg@example.com' } }
    const bytes = Buffer.from(JSON.stringify(content)).toString('latin1')
    const response = await scene.send('POST', `${scene.prefix}/global-token-revocation`, bytes, json)
    const text = Buffer.from(response.body, 'latin1').toString()
    assert.equal(response.status, 200, text)
    assert.deepEqual(JSON.parse(JSON.parse(text).parameters.body), content)
  }),

  adapterCase('8935-2.1 hands a security event token to its endpoint as it is', async (scene) => {
    const token = 'eyJ0eXAiOiJzZWNldmVudCtqd3QifQ.e30.c2lnbmF0dXJl'
    const response = await scene.send('POST', `${scene.prefix}/security-events`, token, event)
    assert.deepEqual(echoOf(response).parameters, { body: token })
  }),

  adapterCase('F-56 leaves a body of another type alone there', async (scene) => {
    const response = await scene.send('POST', `${scene.prefix}/security-events`, form, {})
    if (response.status === 200) assert.deepEqual(echoOf(response).parameters, {})
    else assert.equal(response.status, 400)
  }),

  adapterCase('F-51 refuses a body over 16 KiB there too', async (scene) => {
    const response = await scene.send('POST', `${scene.prefix}/security-events`, 'x'.repeat(MAX_FORM_BYTES + 1), event)
    assert.equal(response.status, 413)
  }),
]
