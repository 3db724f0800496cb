import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client } from '../client.ts'
import {
  advanceIfPossible,
  approve,
  poll,
  refresh,
  requestDevice,
  signIn,
  signInWithRefreshToken,
  startDevice,
} from '../device.ts'
import {
  check,
  expectInvalidClient,
  expectJsonType,
  expectNoStore,
  expectRefusal,
  expectTokens,
  expectTokenTypes,
} from '../expect.ts'
import { skip } from '../target.ts'
import { introspect } from './introspect.ts'
import { entropyBits } from './samples.ts'

/** Fails unless a redeemed code gives no tokens, or for a short time the same tokens again. */
export async function expectSpent(t: ConformanceContext): Promise<void> {
  const device = await signIn(t)
  const again = await poll(t, device)
  if (again.status === 200) {
    check(
      expectTokens(again).access_token === device.tokens.access_token,
      'the same tokens again, or invalid_grant',
      again,
    )
  } else expectRefusal(again, 'invalid_grant')
  await advanceIfPossible(t, 31)
  if (t.target.advance !== undefined) expectRefusal(await poll(t, device), 'invalid_grant')
}

/** Fails if another client can use a refresh token (6749-6-1 and the requirements that repeat it). */
async function expectBoundRefresh(t: ConformanceContext): Promise<void> {
  const { client: who, refreshToken } = await signInWithRefreshToken(t)
  expectRefusal(await refresh(t, client(t, 'otherPublic'), refreshToken), 'invalid_grant')
  // a server may end a token that another client has tried
  if (t.strict) expectTokens(await refresh(t, who, refreshToken))
}

async function expectUnguessable(t: ConformanceContext): Promise<void> {
  const sets = []
  for (let i = 0; i < 8; i++) sets.push((await signIn(t)).tokens)
  for (const name of ['access_token', 'refresh_token'] as const) {
    const samples = sets.map((tokens) => tokens[name]).filter((value) => value !== undefined)
    const isSigned = samples.every((value) => value.split('.').length === 3)
    if (samples.length < 2 || isSigned) continue
    check(entropyBits(samples) >= 128, `${name} of at least 128 bits, not about ${Math.floor(entropyBits(samples))}`)
    check(new Set(samples).size === samples.length, `a different ${name} each time`)
  }
}

export const rfc6749TokenCases: readonly ConformanceCase[] = [
  conformanceCase('6749-5.1-1', 'REQUIRED', 'the token response has access_token and token_type', [], async (t) => {
    const { tokens } = await signIn(t)
    check(tokens.token_type !== '', 'token_type, a string')
    if (t.strict) check(/^bearer$/i.test(tokens.token_type), `token_type Bearer, not '${tokens.token_type}'`)
  }),
  conformanceCase('6749-5.1-2', 'RECOMMENDED', 'the token response has expires_in', [], async (t) => {
    const { tokens } = await signIn(t)
    check(tokens.expires_in !== undefined, 'expires_in')
  }),
  conformanceCase(
    '6749-5.1-4',
    'MUST',
    'the token response is JSON, its members with the right types',
    [],
    async (t) => {
      const device = await startDevice(t)
      await approve(t, device)
      const response = await poll(t, device)
      if (response.status !== 200) throw skip('needs a successful token response')
      expectJsonType(response)
      expectTokenTypes(response)
    },
  ),
  conformanceCase(
    '6749-5.1-5',
    'MUST',
    'tokens are sent with Cache-Control: no-store and Pragma: no-cache',
    [],
    async (t) => {
      const device = await startDevice(t)
      await approve(t, device)
      const response = await poll(t, device)
      if (response.status !== 200) throw skip('needs a successful token response')
      expectNoStore(response, true)
    },
  ),
  conformanceCase(
    '6749-5.1-5',
    'own',
    'codes and errors are sent with Cache-Control: no-store and Pragma: no-cache',
    ['device-auth'],
    async (t) => {
      const device = await startDevice(t)
      expectNoStore(device.response, true)
      expectNoStore(await poll(t, device), true)
      expectNoStore(await requestDevice(t, { client_id: 'conformance-unknown' }), true)
    },
  ),
  conformanceCase(
    '6749-6-1',
    'MUST',
    'a refresh token works only for its own client',
    ['otherPublic'],
    expectBoundRefresh,
  ),
  conformanceCase(
    '6749-6-1',
    'MUST',
    'a client with a secret can refresh only with that secret',
    ['confidentialBasic'],
    async (t) => {
      const { client: who, refreshToken } = await signInWithRefreshToken(t, client(t, 'confidentialBasic'))
      expectInvalidClient(
        await refresh(t, { client_id: who.client_id, token_endpoint_auth_method: 'none' }, refreshToken),
      )
      if (t.strict) expectTokens(await refresh(t, who, refreshToken))
    },
  ),
  conformanceCase(
    '6749-10.4-1',
    'MUST',
    'another client cannot use a refresh token',
    ['otherPublic'],
    expectBoundRefresh,
  ),
  conformanceCase(
    '6749-10.3-2',
    'MUST',
    'tokens have at least 128 bits, so that nobody can guess them',
    [],
    expectUnguessable,
  ),
  conformanceCase(
    '6749-10.10-1',
    'MUST',
    'credentials that only machines handle have at least 128 bits',
    [],
    expectUnguessable,
  ),
  // written for authorization codes
  conformanceCase('6749-10.5-1', 'own', 'a device code can be redeemed once', [], expectSpent),
  conformanceCase(
    '6749-10.5-1',
    'own',
    'a late replay of a device code revokes its tokens',
    ['clock', 'introspection', 'resourceServer'],
    async (t) => {
      const device = await signIn(t)
      check((await introspect(t, device.tokens.access_token)).active === true, 'a valid access token')
      await advanceIfPossible(t, 60)
      expectRefusal(await poll(t, device), 'invalid_grant')
      check(
        (await introspect(t, device.tokens.access_token)).active === false,
        'an access token that the replay has revoked',
      )
    },
  ),
  conformanceCase('9700-4.2.4-2', 'own', 'a code is invalid after its first use', [], expectSpent),
]
