// Each kind of text that the server gives out or takes, presented at each place for another kind: it counts as little as a text that nobody was given.
import { DEVICE_CODE_GRANT_TYPE, type OAuthResponse, TOKEN_EXCHANGE_GRANT_TYPE } from '@device-auth/core'
import { describe, expect, it } from 'vitest'
import { basic, type ConfusionScene, createScene, goodsOf, type Presented } from './token-confusion-scene.ts'

type Place = readonly [name: string, present: (text: string) => Presented, ...right: readonly string[]]

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const subjectType = 'urn:ietf:params:oauth:token-type:access_token'
const own = 'the-command-line'

function token(form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Presented {
  return { method: 'POST', path: '/token', form: { grant_type: DEVICE_CODE_GRANT_TYPE, ...form }, headers }
}
const post = (path: string, form: Readonly<Record<string, string>>, headers = {}, user = 'mallory'): Presented => ({
  ...{ method: 'POST', path, form, headers, user },
})
const get = (path: string, query: Readonly<Record<string, string>>, headers = {}, user = 'mallory'): Presented => ({
  ...{ method: 'GET', path, query, headers, user },
})
const bearer = (text: string) => ({ authorization: `Bearer ${text}` })
const json = { 'content-type': 'application/json' }

/** The places of the token endpoint, each with the kinds that belong there. */
const tokenPlaces: readonly Place[] = [
  ['device_code', (text) => token({ client_id: own, device_code: text }), 'device code', 'redeemed device code'],
  ['device_code of another client', (text) => token({ client_id: 'tv', device_code: text })],
  [
    'refresh_token',
    (text) => token({ grant_type: 'refresh_token', client_id: own, refresh_token: text }),
    ...['refresh token', 'replaced refresh token'],
  ],
  [
    'refresh_token of another client',
    (text) => token({ grant_type: 'refresh_token', client_id: 'tv', refresh_token: text }),
  ],
  [
    'subject_token',
    (text) =>
      token({
        grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
        client_id: own,
        subject_token: text,
        subject_token_type: subjectType,
      }),
    ...['access token', 'exchanged token'],
  ],
  ['client_id', (text) => token({ client_id: text, device_code: 'x' }), 'client id'],
  ['client_secret', (text) => token({ client_id: 'conf', client_secret: text, device_code: 'x' })],
  [
    'client_assertion',
    (text) => token({ device_code: 'x', client_assertion: text, client_assertion_type: assertionType }),
    'client assertion',
  ],
  [
    'the secret of Basic',
    (text) => token({ device_code: 'x' }, { authorization: `Basic ${Buffer.from(`conf:${text}`).toString('base64')}` }),
    'client secret',
  ],
  ['Bearer', (text) => token({ device_code: 'x', client_id: own }, bearer(text))],
  ['the header DPoP', (text) => token({ device_code: 'x', client_id: own }, { dpop: text }), 'DPoP proof'],
  [
    'the headers of an attestation',
    (text) => token({ device_code: 'x' }, { 'oauth-client-attestation': text, 'oauth-client-attestation-pop': text }),
  ],
]

const places: readonly Place[] = [
  ...tokenPlaces,
  ['revocation by another client', (text) => post('/revoke', { client_id: 'tv', token: text })],
  [
    'introspection by an API',
    (text) => post('/introspect', { token: text }, basic('api')),
    'access token',
    'exchanged token',
  ],
  ['introspection by another client', (text) => post('/introspect', { token: text }, basic('conf'))],
  ['Bearer at userinfo', (text) => get('/userinfo', {}, bearer(text)), 'access token', 'exchanged token'],
  ['DPoP at userinfo', (text) => get('/userinfo', {}, { authorization: `DPoP ${text}`, dpop: text })],
  ['Bearer at registration', (text) => post('/register', { body: '{}' }, bearer(text)), 'initial access token'],
  ['Bearer at the configuration of a client', (text) => get('/register', { client_id: 'registered-x' }, bearer(text))],
  [
    'Bearer at global token revocation',
    (text) => post('/revoke-all', { body: '{"sub_id":{"format":"opaque","id":"mallory"}}' }, bearer(text)),
    'token of the identity provider',
  ],
  ['a security event', (text) => post('/events', { body: text }), 'security event token'],
  ['user_code in a link', (text) => get('/device', { user_code: text })],
  [
    'handle in a link',
    (text) => get('/device', { handle: text }),
    ...['handle of the confirm page', 'handle of a code on its way through the log-in'],
  ],
  ['handle at the page of devices', (text) => get('/devices', { handle: text }), 'handle of a link in a mail'],
  // the code of somebody else closes the request, whatever the answer says
  ['user_code in JSON', (text) => post('/device/present', { user_code: text }, json), 'user code'],
  ['id in JSON', (text) => post('/device/present', { id: text }, json)],
  ['handle in JSON', (text) => post('/device/decide', { handle: text, action: 'approve', own_device: 'yes' }, json)],
  ['id of decision events', (text) => get('/decision-events', { id: text }), 'id of a request'],
  ['the cookie of a browser', (text) => get('/device', {}, { cookie: `__Host-device-auth=${text}` })],
  ...formPlaces(),
]

/** The forms of the pages, posted by the user and by somebody else. */
function formPlaces(): readonly Place[] {
  const right: Readonly<Record<string, string>> = {
    'continue at /device': 'handle of the code form',
    'approve at /device': 'handle of the confirm page',
    'deny at /device': 'handle of the confirm page',
    'rename at /devices': 'handle of a device',
    'signOut at /devices': 'handle of a device',
    'signOutAll at /devices': 'handle of all devices',
  }
  return ['continue', 'approve', 'deny', 'rename', 'signOut', 'signOutAll', 'addProof'].flatMap((action) =>
    ['/device', '/devices'].flatMap((path) =>
      ['alice', 'mallory'].map((user): Place => {
        const form = { action, own_device: 'yes', name: 'x', user_code: 'BBBB-BBBB' }
        const name = `${action} at ${path}`
        return [`${name} by ${user}`, (text) => post(path, { handle: text, ...form }, {}, user), right[name] ?? '']
      }),
    ),
  )
}

const alphabets = ['BCDFGHJKLMNPQRSTVWXZ', 'aeiouy', 'bcdfghjklmnpqrstvwxz', 'AEIOUY', '0123456789']

/** A text of the same shape that nobody was given: another letter or digit for each, in a JWT in the signature alone. */
function like(text: string): string {
  const [header, payload, signature, ...more] = text.split('.')
  // a random text may begin like a JWT, and has fewer parts
  if (text.startsWith('eyJ') && signature !== undefined && more.length === 0)
    return `${header}.${payload}.${like(signature)}`
  return text.replace(/[A-Za-z0-9]/g, (letter) => {
    const alphabet = alphabets.find((one) => one.includes(letter)) ?? letter
    return alphabet[(alphabet.indexOf(letter) + 3) % alphabet.length] ?? letter
  })
}

/** Everything of an answer but the texts that are new in each. Both texts are replaced in both: a number of two digits may stand in the page anyhow. */
function comparable({ status, headers, body }: OAuthResponse, texts: readonly string[]): string {
  const answer = JSON.stringify({ status, headers: { ...headers, 'content-length': '' }, body })
  return texts
    .reduce((rest, text) => rest.replaceAll(text, 'TEXT'), answer)
    .replace(/name=\\"handle\\" value=\\"[^"]*"/g, 'HANDLE')
    .replace(/nonce(?:-|=\\")[\w-]+/g, 'NONCE')
    .replace(/handle(?:=|%3D)[\w-]+/g, 'HANDLE')
    .replace(/__Host-device-auth=[\w-]+/g, 'COOKIE')
}

async function observe(
  { deviceAuth, send, steps }: ConfusionScene,
  request: Presented,
  texts: readonly string[],
): Promise<object> {
  for (const user of ['alice', 'mallory']) await deviceAuth.limits.reset(user)
  steps.length = 0
  const answer = comparable(await send(request), texts)
  return { answer, steps: [...steps] }
}

describe.each(['opaque', 'jwt'] as const)(
  'F-19 with %s access tokens, no text counts in the place of another kind',
  (format) => {
    it.each(places.map(([name, present, ...right]) => ({ name, present, right })))(
      '$name',
      async ({ present, right }) => {
        const scene = createScene(format)
        const goods = await goodsOf(scene)
        // a secret that was right before is known without a call of the store
        for (const id of ['api', 'conf']) await scene.send(post('/introspect', { token: 'x' }, basic(id)))
        for (const [kind, text] of Object.entries(goods)) {
          expect(text, kind).not.toBe('')
          if (right.includes(kind)) continue
          const nobodys = like(text)
          const expected = await observe(scene, present(nobodys), [text, nobodys])
          expect({ kind, ...(await observe(scene, present(text), [text, nobodys])) }).toEqual({ kind, ...expected })
        }
        await expectUntouched(scene, goods)
      },
    )
  },
)

/** Nothing was spent, decided or ended. */
async function expectUntouched({ send }: ConfusionScene, goods: Readonly<Record<string, string>>): Promise<void> {
  const pending = await send(token({ client_id: own, device_code: goods['device code'] ?? '' }))
  expect(JSON.parse(pending.body).error).toMatch(/^(?:authorization_pending|slow_down)$/)
  const refresh = { grant_type: 'refresh_token', client_id: own, refresh_token: goods['refresh token'] ?? '' }
  expect((await send(post('/introspect', { token: goods['access token'] ?? '' }, basic('api')))).body).toContain(
    '"active":true',
  )
  expect((await send(token(refresh))).status).toBe(200)
}
