import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client } from '../client.ts'
import { approve, poll, refresh, requestDevice, rest, signIn, signInForLong, startDevice } from '../device.ts'
import { check, expectError, expectInvalidClient, expectNoStore, expectTokens } from '../expect.ts'
import { introspect } from './introspect.ts'
import { entropyBits } from './samples.ts'

/** A redeemed code is spent: the same answer again within a short grace, or invalid_grant. */
export async function expectSpent(t: ConformanceContext): Promise<void> {
  const device = await signIn(t)
  const again = await poll(t, device)
  if (again.status === 200) {
    check(
      expectTokens(again).access_token === device.tokens.access_token,
      'the same tokens again, or invalid_grant',
      again,
    )
  } else expectError(again, 'invalid_grant')
  await rest(t, 31)
  if (t.target.advance !== undefined) expectError(await poll(t, device), 'invalid_grant')
}

/** 6-1 and the rows that repeat it. */
async function expectBoundRefresh(t: ConformanceContext): Promise<void> {
  const { client: who, refreshToken } = await signInForLong(t)
  expectError(await refresh(t, client(t, 'otherPublic'), refreshToken), 'invalid_grant')
  expectTokens(await refresh(t, who, refreshToken))
}

async function expectUnguessable(t: ConformanceContext): Promise<void> {
  const sets = []
  for (let i = 0; i < 8; i++) sets.push((await signIn(t)).tokens)
  for (const name of ['access_token', 'refresh_token'] as const) {
    const samples = sets.map((tokens) => tokens[name]).filter((value) => value !== undefined)
    const isSigned = samples.every((value) => value.split('.').length === 3)
    if (samples.length < 2 || isSigned) continue
    check(entropyBits(samples) >= 128, `${name} of 128 bits, not about ${Math.floor(entropyBits(samples))}`)
    check(new Set(samples).size === samples.length, `a different ${name} each time`)
  }
}

export const rfc6749TokenCases: readonly ConformanceCase[] = [
  conformanceCase('6749-5.1-1', 'REQUIRED', 'access_token and token_type', [], async (t) => {
    const { tokens } = await signIn(t)
    check(/^(bearer|dpop)$/i.test(tokens.token_type), `token_type Bearer, not '${tokens.token_type}'`)
  }),
  conformanceCase('6749-5.1-2', 'RECOMMENDED', 'expires_in', [], async (t) => {
    const { tokens } = await signIn(t)
    check(tokens.expires_in !== undefined, 'expires_in')
  }),
  conformanceCase('6749-5.1-4', 'MUST', 'JSON types and media type', [], async (t) => {
    await signIn(t)
  }),
  conformanceCase(
    '6749-5.1-5',
    'MUST',
    'tokens are answered with Cache-Control: no-store and Pragma: no-cache',
    [],
    async (t) => {
      const device = await startDevice(t)
      await approve(t, device)
      expectNoStore(await poll(t, device), true)
    },
  ),
  conformanceCase(
    '6749-5.1-5',
    'MUST',
    'codes and errors are answered with Cache-Control: no-store and Pragma: no-cache',
    [],
    async (t) => {
      const device = await startDevice(t)
      expectNoStore(device.response, true)
      expectNoStore(await poll(t, device), true)
      expectNoStore(await requestDevice(t, { client_id: 'conformance-unknown' }), true)
    },
  ),
  conformanceCase('6749-6-1', 'MUST', 'a refresh token is bound to its client', ['otherPublic'], expectBoundRefresh),
  conformanceCase(
    '6749-6-1',
    'MUST',
    'a client with a secret refreshes by that secret alone',
    ['confidentialBasic'],
    async (t) => {
      const { client: who, refreshToken } = await signInForLong(t, client(t, 'confidentialBasic'))
      expectInvalidClient(
        await refresh(t, { client_id: who.client_id, token_endpoint_auth_method: 'none' }, refreshToken),
      )
      expectTokens(await refresh(t, who, refreshToken))
    },
  ),
  conformanceCase(
    '6749-10.4-1',
    'MUST',
    'refresh tokens are of no use to another client',
    ['otherPublic'],
    expectBoundRefresh,
  ),
  conformanceCase('6749-10.3-2', 'MUST', 'tokens cannot be guessed: 128 bits at least', [], expectUnguessable),
  conformanceCase('6749-10.10-1', 'MUST', 'what machines present has 128 bits at least', [], expectUnguessable),
  conformanceCase('6749-10.5-1', 'MUST', 'a device code is redeemed once', [], expectSpent),
  conformanceCase(
    '6749-10.5-1',
    'SHOULD',
    'a late replay of a device code ends its tokens',
    ['clock', 'introspection', 'resourceServer'],
    async (t) => {
      const device = await signIn(t)
      check((await introspect(t, device.tokens.access_token)).active === true, 'a live access token')
      await rest(t, 60)
      expectError(await poll(t, device), 'invalid_grant')
      check(
        (await introspect(t, device.tokens.access_token)).active === false,
        'an access token that ends with the replay',
      )
    },
  ),
  conformanceCase('9700-4.2.4-2', 'MUST', 'a code is invalid after its first use', [], expectSpent),
]
