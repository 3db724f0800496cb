import { describe, expect, it } from 'vitest'
import type { UserGrant } from '../../src/contract/store.ts'
import { createTestServer, expectError, expectToken } from '../server.ts'

const [photos, music] = ['https://photos.example/', 'https://music.example/']
const details = [{ type: 'payment', amount: '12.50' }]
const options = {
  resources: { [photos]: '', [music]: '' },
  authorizationDetails: { payment: { validate: () => true, describe: () => 'Pay' } },
  acrValues: ['urn:example:strong'],
}

/** The answer to a poll after the hook `queryUserGrant` has granted something beside the scope. */
async function pollWith(asked: readonly (readonly [string, string])[], granted: Partial<UserGrant>) {
  const grant = { subject: 'alice', approved: true, scope: 'profile', ...granted }
  const server = createTestServer({ ...options, hooks: { queryUserGrant: () => grant } })
  const codes = await server.start([['client_id', 'tv'], ['scope', 'profile'], ...asked])
  return { server, response: await server.poll(codes.device_code) }
}

const both = [
  ['resource', photos],
  ['resource', music],
] as const
const paying = [['authorization_details', JSON.stringify(details)]] as const

describe('what a hook grants beside the scope', () => {
  it.each<[readonly (readonly [string, string])[], Partial<UserGrant>]>([
    [both, { target: { resources: [photos, 'https://other.example/'] } }],
    [both, { target: { resources: [] } }],
    [both, { target: {} }],
    [both, { target: { resources: [photos], authorizationDetails: details } }],
    [[], { target: { resources: [photos] } }],
    [[], { target: { authorizationDetails: details } }],
    [[['max_age', '60']], {}],
    [[['acr_values', 'urn:example:strong']], { authentication: { time: Date.UTC(2026, 0, 1) } }],
  ])('8707-2.2-1 9396-6-1 for %j it cannot be %j', async (asked, granted) => {
    const { server, response } = await pollWith(asked, granted)
    expectError(response, 'authorization_pending')
    expect(String(server.failures[0])).toMatch(
      /queryUserGrant returned (a `target` that was not requested|no `authentication`)/,
    )
  })

  it.each<[readonly (readonly [string, string])[], Partial<UserGrant>, unknown, unknown]>([
    [both, { target: { resources: [music] } }, music, undefined],
    [both, {}, [photos, music], undefined],
    [
      paying,
      { target: { authorizationDetails: [{ ...details[0], type: 'payment', from: 'a1' }] } },
      undefined,
      [{ ...details[0], from: 'a1' }],
    ],
    [[...both, ...paying], { target: { resources: [photos] } }, photos, undefined],
  ])('8707-2.2-1 9396-7-1 for %j it can be %j', async (asked, granted, aud, authorizationDetails) => {
    const { server, response } = await pollWith(asked, granted)
    const token = expectToken(response)
    const told = server.json(await server.introspect(token.access_token))
    expect([told.aud, told.authorization_details]).toEqual([aud, authorizationDetails])
    const refreshed = expectToken(await server.refresh(token.refresh_token ?? ''))
    expect(server.json(await server.introspect(refreshed.access_token)).aud).toEqual(aud)
  })
})
