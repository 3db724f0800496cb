import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client } from '../client.ts'
import {
  approve,
  type Device,
  poll,
  prepare,
  readDevice,
  refresh,
  requestDevice,
  signInWithRefreshToken,
  startDevice,
} from '../device.ts'
import { check, expectError, expectTokens } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { skip } from '../target.ts'
import { audiencesOf } from '../verify.ts'
import { introspect } from './introspect.ts'

const needs = ['resources'] as const
const audienceNeeds = ['resources', 'introspection', 'resourceServer'] as const

const malformed = [
  ['a relative URI', () => '/conformance'],
  ['a URI with a fragment', (t: ConformanceContext) => `${resource(t)}#conformance`],
  ['a text that is no URI', () => 'conformance unknown'],
] as const

/** A resource that the client may ask for. */
function resource(t: ConformanceContext, index = 0): string {
  const found = t.target.resources?.[index]
  if (found === undefined) throw skip(`needs ${index === 0 ? 'a resource' : 'two resources'} in target.resources`)
  return found
}

const unknownResource = (t: ConformanceContext): string =>
  t.target.unknownResource ?? 'https://unknown.example/conformance'

/** Makes sure that a right resource is accepted, so that a refusal is about the fault of the next one. */
async function expectAccepted(t: ConformanceContext): Promise<void> {
  const who = client(t, 'public')
  await prepare('a resource that is accepted', async () => {
    readDevice(await requestDevice(t, who, { resource: resource(t) }), who)
  })
}

/** An approved device that asked for these resources. */
async function approvedFor(t: ConformanceContext, asked: readonly string[]): Promise<Device> {
  const device = await startDevice(t, client(t, 'public'), { resource: asked })
  await approve(t, device)
  return device
}

/** Fails unless an unknown resource is refused. A server that takes any resource has none that is unknown. */
function expectUnknownRefused(t: ConformanceContext, response: HttpResponse): void {
  if (response.status === 200 && !t.strict && t.target.unknownResource === undefined)
    throw skip('needs target.unknownResource; this server takes any resource')
  expectError(response, 'invalid_target')
}

/** The audiences of an access token. Skips the case if the resource server of the target may not see the token. */
async function audienceOf(t: ConformanceContext, token: string): Promise<readonly unknown[]> {
  const { active, aud } = await introspect(t, token)
  if (active === false) throw skip('needs introspection by a client that may see tokens for target.resources')
  return audiencesOf(aud)
}

/** Fails unless a token is for these resources and no others. */
async function expectAudience(t: ConformanceContext, token: string, ...expected: readonly string[]): Promise<void> {
  const found = await audienceOf(t, token)
  const isEqual = found.length === expected.length && expected.every((one) => found.includes(one))
  check(isEqual, `aud ${expected.join(' and ')} in the introspection response, not ${found.join(' and ') || 'none'}`)
}

const requestCases: readonly ConformanceCase[] = [
  ...malformed.flatMap(([what, value]) => [
    conformanceCase('8707-2-1', 'MUST', `${what} as resource gets invalid_target`, needs, async (t) => {
      await expectAccepted(t)
      expectError(await requestDevice(t, client(t, 'public'), { resource: value(t) }), 'invalid_target')
    }),
    conformanceCase('8707-2-1', 'MUST', `${what} in a token request gets invalid_target`, needs, async (t) => {
      const device = await approvedFor(t, [resource(t)])
      expectError(await poll(t, device, device.client, { resource: value(t) }), 'invalid_target')
    }),
  ]),
  conformanceCase('8707-2-1', 'note', 'a resource that nobody may ask for gets invalid_target', needs, async (t) => {
    await expectAccepted(t)
    expectUnknownRefused(t, await requestDevice(t, client(t, 'public'), { resource: unknownResource(t) }))
  }),
  conformanceCase('8707-2-2', 'MAY', 'a request may name two resources', needs, async (t) => {
    const who = client(t, 'public')
    readDevice(await requestDevice(t, who, { resource: [resource(t), resource(t, 1)] }), who)
  }),
  conformanceCase('8707-2-2', 'MUST', 'a wrong resource beside a right one gets invalid_target', needs, async (t) => {
    await expectAccepted(t)
    for (const wrong of ['/conformance', `${resource(t)}#conformance`]) {
      const response = await requestDevice(t, client(t, 'public'), { resource: [resource(t), wrong] })
      expectError(response, 'invalid_target')
    }
  }),
]

const tokenCases: readonly ConformanceCase[] = [
  conformanceCase(
    '8707-2.2-1',
    'note',
    'a token request for a resource that was not asked for gets invalid_target',
    needs,
    async (t) => {
      const device = await approvedFor(t, [resource(t)])
      expectError(await poll(t, device, device.client, { resource: resource(t, 1) }), 'invalid_target')
    },
  ),
  conformanceCase('8707-2.2-1', 'note', 'a token request for an unknown resource is refused', needs, async (t) => {
    const device = await approvedFor(t, [resource(t)])
    expectUnknownRefused(t, await poll(t, device, device.client, { resource: unknownResource(t) }))
  }),
  conformanceCase('8707-2.2-1', 'own', 'a code stays after a request with a wrong resource', needs, async (t) => {
    const device = await approvedFor(t, [resource(t)])
    const refused = await poll(t, device, device.client, { resource: '/conformance' })
    if (refused.status === 200) throw skip('needs a server that refuses a wrong resource')
    expectTokens(await poll(t, device))
  }),
  conformanceCase('8707-2.2-1', 'MAY', 'a token request may ask for fewer resources', audienceNeeds, async (t) => {
    const device = await approvedFor(t, [resource(t), resource(t, 1)])
    const response = await poll(t, device, device.client, { resource: resource(t, 1) })
    await expectAudience(t, expectTokens(response).access_token, resource(t, 1))
  }),
]

const audienceCases: readonly ConformanceCase[] = [
  conformanceCase(
    '8707-2.2-2',
    'SHOULD',
    'the audience of a token is the resource that was asked for',
    audienceNeeds,
    async (t) => {
      const device = await approvedFor(t, [resource(t)])
      const { access_token } = await prepare('tokens', async () => expectTokens(await poll(t, device)))
      await expectAudience(t, access_token, resource(t))
    },
  ),
  conformanceCase(
    '8707-2.2-2',
    'SHOULD',
    'a refresh may ask for another of the approved resources',
    audienceNeeds,
    async (t) => {
      const asked = { resource: [resource(t), resource(t, 1)] }
      const { client: who, refreshToken } = await signInWithRefreshToken(t, client(t, 'public'), asked)
      const first = expectTokens(await refresh(t, who, refreshToken, { resource: resource(t) }))
      await expectAudience(t, first.access_token, resource(t))
      const second = await refresh(t, who, first.refresh_token ?? refreshToken, { resource: resource(t, 1) })
      await expectAudience(t, expectTokens(second).access_token, resource(t, 1))
    },
  ),
  conformanceCase(
    '8707-2.2-2',
    'SHOULD',
    'a refresh gives no token for a resource that was not approved',
    audienceNeeds,
    async (t) => {
      const other = resource(t, 1)
      const asked = { resource: resource(t) }
      const { client: who, refreshToken } = await signInWithRefreshToken(t, client(t, 'public'), asked)
      const response = await refresh(t, who, refreshToken, { resource: other })
      if (response.status !== 200) return void expectError(response, 'invalid_target')
      // a server may leave the resource out if the token says so
      const audience = await audienceOf(t, expectTokens(response).access_token)
      check(!t.strict && audience.length > 0 && !audience.includes(other), '400 invalid_target', response)
    },
  ),
  conformanceCase('8707-2.2-2', 'own', 'a refresh token stays after a wrong resource', needs, async (t) => {
    const asked = { resource: resource(t) }
    const { client: who, refreshToken } = await signInWithRefreshToken(t, client(t, 'public'), asked)
    const refused = await refresh(t, who, refreshToken, { resource: '/conformance' })
    if (refused.status === 200) throw skip('needs a server that refuses a wrong resource')
    expectTokens(await refresh(t, who, refreshToken))
  }),
]

export const rfc8707Cases: readonly ConformanceCase[] = [...requestCases, ...tokenCases, ...audienceCases]
