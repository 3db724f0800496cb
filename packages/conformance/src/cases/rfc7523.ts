import { type AssertionChanges, createAssertion, keyClient, requestByAssertion } from '../assertion.ts'
import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client } from '../client.ts'
import { prepare, readDevice } from '../device.ts'
import { expectError, expectInvalidClient } from '../expect.ts'
import { createSigningKey } from '../signing.ts'
import type { ConformanceKeyClient } from '../target.ts'

const needs = ['privateKeyJwt'] as const

const wrong: readonly (readonly [id: string, what: string, changes: (t: ConformanceContext) => AssertionChanges])[] = [
  ['7523-3-1', 'whose iss is not its sub', () => ({ claims: { iss: 'https://example.com' } })],
  ['7523-3-2', 'for another server', () => ({ claims: { aud: 'https://example.com' } })],
  ['7523-3-2', 'without an aud', () => ({ claims: { aud: undefined } })],
  ['7523-3-3', 'that has expired', (t) => ({ claims: { exp: Math.floor(t.pacing.now()) - 3600 } })],
  ['7523-3-3', 'without an exp', () => ({ claims: { exp: undefined } })],
  ['7523-3-4', 'that is not valid yet', (t) => ({ claims: { nbf: Math.floor(t.pacing.now()) + 1800 } })],
  ['7523-3-5', 'with the alg none', () => ({ header: { alg: 'none' } })],
  ['7523-3-5', 'with a symmetric alg', () => ({ header: { alg: 'HS256' } })],
]

/** Makes sure that a right assertion is accepted, so that a refusal is about the fault of the next one. */
async function expectAccepted(t: ConformanceContext, who: ConformanceKeyClient = keyClient(t)): Promise<void> {
  await prepare('a client whose assertions are accepted', async () => {
    readDevice(await requestByAssertion(t, who, await createAssertion(t, who)), who)
  })
}

/** An assertion in the name of a client and its key, signed by another key. */
async function forgedAssertion(t: ConformanceContext, who: ConformanceKeyClient): Promise<string> {
  const { privateJwk } = await createSigningKey()
  const { kid } = who.privateKey
  return createAssertion(t, { ...who, privateKey: { ...privateJwk, ...(kid === undefined ? {} : { kid }) } })
}

export const rfc7523Cases: readonly ConformanceCase[] = [
  conformanceCase('7523-2.2-1', 'MUST', 'a client authenticates by a right assertion', needs, async (t) => {
    const who = keyClient(t)
    readDevice(await requestByAssertion(t, who, await createAssertion(t, who)), who)
    const { client_id } = who
    readDevice(await requestByAssertion(t, who, await createAssertion(t, who), { client_id }), who)
  }),
  conformanceCase(
    '7523-2.2-1',
    'MUST',
    'an assertion beside the client_id of another client is refused',
    needs,
    async (t) => {
      await expectAccepted(t)
      const who = keyClient(t)
      const { client_id } = client(t, 'public')
      const response = await requestByAssertion(t, who, await createAssertion(t, who), { client_id })
      // no specification names the error for two clients in one request
      expectError(response, ['invalid_client', 'invalid_request'], [400, 401])
    },
  ),
  ...wrong.map(([id, what, changes]) =>
    conformanceCase(id, 'MUST', `an assertion ${what} is refused with invalid_client`, needs, async (t) => {
      await expectAccepted(t)
      const who = keyClient(t)
      expectInvalidClient(await requestByAssertion(t, who, await createAssertion(t, who, changes(t))))
    }),
  ),
  conformanceCase('7523-3-5', 'MUST', 'an assertion signed by an unknown key is refused', needs, async (t) => {
    await expectAccepted(t)
    const who = keyClient(t)
    expectInvalidClient(await requestByAssertion(t, who, await forgedAssertion(t, who)))
  }),
  conformanceCase(
    '7523-3-6',
    'note',
    'a client authenticates by a key at its jwks_uri',
    ['privateKeyJwtByUri'],
    async (t) => {
      const who = keyClient(t, 'privateKeyJwtByUri')
      readDevice(await requestByAssertion(t, who, await createAssertion(t, who)), who)
    },
  ),
  conformanceCase(
    '7523-3-6',
    'note',
    'an assertion signed by a key that is not at jwks_uri is refused',
    ['privateKeyJwtByUri'],
    async (t) => {
      const who = keyClient(t, 'privateKeyJwtByUri')
      await expectAccepted(t, who)
      expectInvalidClient(await requestByAssertion(t, who, await forgedAssertion(t, who)))
      const unknown = { ...who, privateKey: { ...who.privateKey, kid: 'conformance-unknown' } }
      expectInvalidClient(await requestByAssertion(t, who, await forgedAssertion(t, unknown)))
    },
  ),
  conformanceCase('7523-3-4', 'MAY', 'an assertion works once', ['privateKeyJwt', 'device-auth'], async (t) => {
    const who = keyClient(t)
    const claims = { jti: crypto.randomUUID() }
    readDevice(await requestByAssertion(t, who, await createAssertion(t, who, { claims })), who)
    expectInvalidClient(await requestByAssertion(t, who, await createAssertion(t, who, { claims })))
  }),
]
