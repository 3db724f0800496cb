import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, encodeForm, post, postAs } from '../client.ts'
import {
  advanceIfPossible,
  poll,
  prepare,
  refresh,
  signIn,
  signInWithRefreshToken,
  startDevice,
  tryDecision,
} from '../device.ts'
import { check, expectError, expectInvalidClient, expectNoServerError, expectStatus, expectTokens } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import type { ConformanceClient } from '../target.ts'
import { expectNotActive, introspect } from './introspect.ts'
import { expectTls } from './rfc8628-request.ts'

const needs = ['revocation'] as const
const inspected = ['revocation', 'introspection', 'resourceServer'] as const

function revoke(
  t: ConformanceContext,
  who: ConformanceClient,
  token: string,
  more: Readonly<Record<string, string>> = {},
): Promise<HttpResponse> {
  return postAs(t, who, t.endpoints.revocation ?? '', { token, ...more })
}

/** Fails unless the answer is 200. Clients ignore its body (RFC 7009 section 2.2); `device-auth` demands an empty one. */
async function expectRevoked(response: Promise<HttpResponse>): Promise<void> {
  const answer = await response
  expectStatus(answer, 200)
  if (answer.strict) check(answer.text === '', 'an empty body', answer)
}

const hintCases: readonly ConformanceCase[] = ['refresh_token', 'access_token', 'conformance-unknown'].flatMap(
  (hint) => [
    conformanceCase(
      '7009-2.1-1',
      'MUST',
      `a refresh token can be revoked with token_type_hint ${hint}`,
      needs,
      async (t) => {
        const { client: who, refreshToken } = await signInWithRefreshToken(t)
        await expectRevoked(revoke(t, who, refreshToken, { token_type_hint: hint }))
        expectError(await refresh(t, who, refreshToken), 'invalid_grant')
      },
    ),
    conformanceCase(
      '7009-2.1-1',
      'SHOULD',
      `an access token can be revoked with token_type_hint ${hint}`,
      inspected,
      async (t) => {
        const { client: who, tokens } = await signIn(t)
        await expectRevoked(revoke(t, who, tokens.access_token, { token_type_hint: hint }))
        await expectNotActive(t, tokens.access_token, 'the revoked access token')
      },
    ),
  ],
)

export const rfc7009Cases: readonly ConformanceCase[] = [
  conformanceCase('7009-2-1', 'MUST', 'a revoked refresh token cannot be used', needs, async (t) => {
    const { client: who, refreshToken } = await signInWithRefreshToken(t)
    await expectRevoked(revoke(t, who, refreshToken))
    expectError(await refresh(t, who, refreshToken), 'invalid_grant')
  }),
  conformanceCase('7009-2-1', 'SHOULD', 'a revoked access token is inactive', inspected, async (t) => {
    const { client: who, tokens } = await signIn(t)
    check((await introspect(t, tokens.access_token)).active === true, 'a valid access token')
    await expectRevoked(revoke(t, who, tokens.access_token))
    await expectNotActive(t, tokens.access_token, 'the revoked access token')
  }),
  conformanceCase('7009-2.1-1', 'REQUIRED', 'a request without token gets invalid_request', needs, async (t) => {
    expectError(await postAs(t, client(t, 'public'), t.endpoints.revocation ?? ''), 'invalid_request')
  }),
  ...hintCases,
  conformanceCase(
    '7009-2.1-2',
    'MUST',
    'the token of another client is not revoked',
    ['revocation', 'otherPublic'],
    async (t) => {
      const { client: who, refreshToken } = await signInWithRefreshToken(t)
      const response = await revoke(t, client(t, 'otherPublic'), refreshToken)
      if (t.strict || response.status === 200) expectStatus(response, 200)
      else
        expectError(
          response,
          ['invalid_grant', 'invalid_client', 'invalid_request', 'unauthorized_client'],
          [400, 401, 403],
        )
      expectTokens(await refresh(t, who, refreshToken))
    },
  ),
  conformanceCase(
    '7009-2.1-2',
    'MUST',
    'a client with a secret has to authenticate to revoke a token',
    ['revocation', 'confidentialBasic'],
    async (t) => {
      const { client: who, refreshToken } = await signInWithRefreshToken(t, client(t, 'confidentialBasic'))
      expectInvalidClient(
        await post(t, t.endpoints.revocation ?? '', { client_id: who.client_id, token: refreshToken }),
      )
      expectInvalidClient(await revoke(t, { ...who, client_secret: 'wrong' }, refreshToken))
      expectTokens(await refresh(t, who, refreshToken))
    },
  ),
  conformanceCase('7009-2.1-3', 'SHOULD', 'revoking an access token takes effect immediately', inspected, async (t) => {
    const { client: who, tokens } = await signIn(t)
    await expectRevoked(revoke(t, who, tokens.access_token))
    await expectNotActive(t, tokens.access_token, 'the revoked access token')
  }),
  conformanceCase(
    '7009-2.1-4',
    'SHOULD',
    'revoking the refresh token ends the access tokens of the grant',
    inspected,
    async (t) => {
      const { client: who, refreshToken, tokens } = await signInWithRefreshToken(t)
      const renewed = await prepare('a refresh', async () => expectTokens(await refresh(t, who, refreshToken)))
      await expectRevoked(revoke(t, who, renewed.refresh_token ?? refreshToken))
      for (const token of [tokens.access_token, renewed.access_token])
        await expectNotActive(t, token, 'an access token of the grant')
    },
  ),
  conformanceCase('7009-2.2-1', 'MUST', 'revoking an unknown or revoked token gets 200', needs, async (t) => {
    const { client: who, tokens } = await signIn(t)
    for (const token of ['conformance-unknown', 'x'.repeat(4000), '\u0000', tokens.access_token, tokens.access_token]) {
      await expectRevoked(revoke(t, who, token))
    }
  }),
  conformanceCase(
    '7009-2.2.1-1',
    'MUST',
    'errors of the revocation endpoint are error responses of RFC 6749',
    needs,
    async (t) => {
      expectInvalidClient(
        await revoke(t, { client_id: 'conformance-unknown', token_endpoint_auth_method: 'none' }, 'x'),
      )
      expectError(
        await post(t, t.endpoints.revocation ?? '', { token: 'x' }),
        ['invalid_request', 'invalid_client'],
        [400, 401],
      )
    },
  ),
  conformanceCase('7009-2.3-1', 'MAY', 'a GET with a callback (JSONP) revokes nothing', needs, async (t) => {
    const { client: who, refreshToken } = await signInWithRefreshToken(t)
    const parameters = { token: refreshToken, callback: 'conformance', client_id: who.client_id }
    const url = `${t.endpoints.revocation}?${encodeForm(parameters)}`
    expectNoServerError(await t.sendRaw({ method: 'GET', url }))
    expectTokens(await refresh(t, who, refreshToken))
  }),
  conformanceCase('7009-5-1', 'MUST', 'guessed tokens cause no server error and no revocation', needs, async (t) => {
    const who = client(t, 'public')
    for (let i = 0; i < 20; i++) expectNoServerError(await revoke(t, who, `conformance-guess-${i}`))
    const { client: owner, refreshToken } = await signInWithRefreshToken(t)
    expectTokens(await refresh(t, owner, refreshToken))
  }),
  conformanceCase(
    'ext-7009-1',
    'own',
    'a device can revoke its pending code, and then nobody can approve it',
    ['revocation', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      await expectRevoked(revoke(t, client(t, 'otherPublic'), device.device_code))
      expectError(await poll(t, device), 'authorization_pending')
      await expectRevoked(revoke(t, device.client, device.device_code))
      await advanceIfPossible(t, device.interval)
      await tryDecision(t.target.approve(device.user_code))
      expectError(await poll(t, device), ['expired_token', 'access_denied', 'invalid_grant'])
    },
  ),
  conformanceCase('7009-2-2', 'MUST', 'the revocation endpoint is https, or on loopback', needs, expectTls),
  conformanceCase(
    '7009-2.1-5',
    'MAY',
    'after an access token is revoked, the refresh token works or gets invalid_grant',
    needs,
    async (t) => {
      const { client: who, refreshToken, tokens } = await signInWithRefreshToken(t)
      await expectRevoked(revoke(t, who, tokens.access_token))
      const response = await refresh(t, who, refreshToken)
      if (t.strict || response.status === 200) expectTokens(response)
      else expectError(response, 'invalid_grant')
    },
  ),
]
