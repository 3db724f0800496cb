import { isDeepStrictEqual } from 'node:util'
import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, type Parameters } from '../client.ts'
import {
  approve,
  type Device,
  poll,
  prepare,
  readDevice,
  refresh,
  requestDevice,
  signIn,
  signInWithRefreshToken,
  startDevice,
} from '../device.ts'
import { check, expectError, expectTokens, type Tokens } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { isObject } from '../json.ts'
import { skip } from '../target.ts'
import { readJwt } from '../verify.ts'
import { introspect } from './introspect.ts'

type Detail = Readonly<Record<string, unknown>>

const needs = ['authorizationDetails'] as const
const code = 'invalid_authorization_details'

/** One of the details that the client may ask for. */
function detail(t: ConformanceContext, index = 0): Detail {
  const found = t.target.authorizationDetails?.[index]
  if (found === undefined)
    throw skip(`needs ${index === 0 ? 'a detail' : 'two details'} in target.authorizationDetails`)
  return found
}

/** The parameter for some details. */
const asking = (...details: readonly unknown[]): Parameters => ({ authorization_details: JSON.stringify(details) })

/** True if two details are equal. A server may add members, such as the account that the user chose; its own profile does not. */
function isSame(t: ConformanceContext, found: unknown, asked: Detail): boolean {
  if (t.strict) return isDeepStrictEqual(found, asked)
  return isObject(found) && Object.entries(asked).every(([name, value]) => isDeepStrictEqual(found[name], value))
}

/** Fails unless these details, and no others, are in an answer or a token. */
function expectDetails(t: ConformanceContext, found: unknown, where: string, ...expected: readonly Detail[]): void {
  check(Array.isArray(found), `authorization_details, a list, in ${where}`)
  const isEqual =
    found.length === expected.length && expected.every((one) => found.some((given) => isSame(t, given, one)))
  check(isEqual, `the ${expected.length} granted authorization_details in ${where}, not ${JSON.stringify(found)}`)
}

/** Fails if the answer grants a detail that was not approved. A server that leaves it out has to say so. */
function expectNotWider(t: ConformanceContext, response: HttpResponse, other: Detail): void {
  if (t.strict || response.status !== 200) return void expectError(response, code)
  const { authorization_details: found } = expectTokens(response).content
  const isNarrow = Array.isArray(found) && !found.some((given) => isSame(t, given, other))
  check(isNarrow, `400 ${code}, or a token without what was not approved`, response)
}

const signInFor = (t: ConformanceContext, parameters: Parameters): Promise<Device & { readonly tokens: Tokens }> =>
  signIn(t, client(t, 'public'), parameters)

async function approvedFor(t: ConformanceContext, parameters: Parameters): Promise<Device> {
  const device = await startDevice(t, client(t, 'public'), parameters)
  await approve(t, device)
  return device
}

const wrong: readonly (readonly [what: string, value: (t: ConformanceContext) => string])[] = [
  ['of an unknown type', () => JSON.stringify([{ type: 'conformance-unknown' }])],
  ['of an unknown type beside a right one', (t) => JSON.stringify([detail(t), { type: 'conformance-unknown' }])],
  ['that are no JSON', () => '[{'],
  ['that are no list', (t) => JSON.stringify(detail(t))],
  ['without a type', (t) => JSON.stringify([{ ...detail(t), type: undefined }])],
  ['whose type is no text', (t) => JSON.stringify([{ ...detail(t), type: 7 }])],
]

const requestCases: readonly ConformanceCase[] = [
  conformanceCase('9396-2-1', 'MUST', 'authorization_details are a list of objects with a type', needs, async (t) => {
    const who = client(t, 'public')
    readDevice(await requestDevice(t, who, asking(detail(t))), who)
  }),
  ...wrong.map(([what, value]) =>
    conformanceCase('9396-5-1', 'MUST', `authorization_details ${what} get ${code}`, needs, async (t) => {
      const who = client(t, 'public')
      await prepare('authorization_details that are accepted', async () => {
        readDevice(await requestDevice(t, who, asking(detail(t))), who)
      })
      expectError(await requestDevice(t, who, { authorization_details: value(t) }), code)
    }),
  ),
  conformanceCase('9396-10-1', 'MAY', 'the metadata name the types', ['metadata', ...needs], async (t) => {
    const { authorization_details_types_supported: types } = t.metadata ?? {}
    if (types === undefined && !t.strict) throw skip('needs authorization_details_types_supported in the metadata')
    const { type } = detail(t)
    const isNamed = Array.isArray(types) && types.includes(type)
    check(isNamed, `${String(type)} in authorization_details_types_supported`)
  }),
]

const tokenCases: readonly ConformanceCase[] = [
  conformanceCase('9396-7-1', 'MUST', 'the token response has the granted details', needs, async (t) => {
    const { tokens } = await signInFor(t, asking(detail(t)))
    expectDetails(t, tokens.content.authorization_details, 'the token response', detail(t))
  }),
  conformanceCase(
    '9396-9.2-1',
    'MAY',
    'introspection tells the granted details',
    [...needs, 'introspection', 'resourceServer'],
    async (t) => {
      const { tokens } = await signInFor(t, asking(detail(t)))
      const { active, authorization_details: found } = await introspect(t, tokens.access_token)
      if (active === false) throw skip('needs introspection by a client that may see these tokens')
      if (found === undefined && !t.strict) throw skip('needs introspection that tells authorization_details')
      expectDetails(t, found, 'the introspection response', detail(t))
    },
  ),
  conformanceCase(
    '9396-9.1-1',
    'MAY',
    'a JWT access token has the granted details',
    [...needs, 'jwtAccessTokens'],
    async (t) => {
      const { tokens } = await signInFor(t, asking(detail(t)))
      const found = readJwt(tokens.access_token)?.claims.authorization_details
      if (found === undefined && !t.strict) throw skip('needs JWT access tokens with authorization_details')
      expectDetails(t, found, 'the access token', detail(t))
    },
  ),
]

const narrowCases: readonly ConformanceCase[] = [
  conformanceCase('9396-6-1', 'MUST', `a token request for more than was approved gets ${code}`, needs, async (t) => {
    const device = await approvedFor(t, asking(detail(t)))
    const response = await poll(t, device, device.client, asking(detail(t), detail(t, 1)))
    expectNotWider(t, response, detail(t, 1))
  }),
  conformanceCase('9396-6-1', 'own', 'a code stays after a request for more', needs, async (t) => {
    const device = await approvedFor(t, asking(detail(t)))
    const refused = await poll(t, device, device.client, asking(detail(t, 1)))
    if (refused.status === 200) throw skip('needs a server that refuses more than was approved')
    expectTokens(await poll(t, device))
  }),
  conformanceCase('9396-6-1', 'MAY', 'a token request may ask for a part of the details', needs, async (t) => {
    const device = await approvedFor(t, asking(detail(t), detail(t, 1)))
    const tokens = expectTokens(await poll(t, device, device.client, asking(detail(t, 1))))
    expectDetails(t, tokens.content.authorization_details, 'the token response', detail(t, 1))
  }),
  conformanceCase('9396-6-1', 'MUST', 'a refresh grants no more than was approved', needs, async (t) => {
    const asked = asking(detail(t))
    const { client: who, refreshToken } = await signInWithRefreshToken(t, client(t, 'public'), asked)
    expectNotWider(t, await refresh(t, who, refreshToken, asking(detail(t), detail(t, 1))), detail(t, 1))
  }),
  conformanceCase('9396-7-1', 'MUST', 'the answer to a refresh has the granted details', needs, async (t) => {
    const asked = asking(detail(t))
    const { client: who, refreshToken } = await signInWithRefreshToken(t, client(t, 'public'), asked)
    const tokens = await prepare('a refresh', async () => expectTokens(await refresh(t, who, refreshToken)))
    expectDetails(t, tokens.content.authorization_details, 'the answer to a refresh', detail(t))
  }),
]

export const rfc9396Cases: readonly ConformanceCase[] = [...requestCases, ...tokenCases, ...narrowCases]
