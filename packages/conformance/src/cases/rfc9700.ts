import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, encodeForm, formRequest, formType, postAs } from '../client.ts'
import {
  advanceIfPossible,
  approve,
  poll,
  prepare,
  readDevice,
  refresh,
  requestDevice,
  signIn,
  signInWithRefreshToken,
  startDevice,
} from '../device.ts'
import { check, expectError, expectStatus, expectTokens } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { openConfirm, openEntry, submit, submitDecision, visit } from '../page.ts'
import { skip } from '../target.ts'
import { expectSelfContained, expectUnframed } from './page-headers.ts'
import { expectNoOpenRedirect, openRedirectTargets } from './redirects.ts'
import { expectAuthentication } from './rfc8628-request.ts'

/** The direct answers to the posted code and to the posted decision, redirects not followed. */
async function answersToPosts(t: ConformanceContext): Promise<readonly HttpResponse[]> {
  const device = await startDevice(t)
  const { form } = await openEntry(t, device)
  const [button] = form.buttons.filter(({ name }) => name !== '')
  const entered = await submit(t, form, [
    ['user_code', device.user_code],
    ...(button ? [[button.name, button.value] as const] : []),
  ])
  const { decision } = await openConfirm(t, device)
  return [entered, await submitDecision(t, decision, 'deny')]
}

/**
 * Fails unless a replaced refresh token is refused, and its successor ends. A server may repeat a lost answer for some
 * time, so without a clock a token that is still accepted proves nothing.
 */
async function expectReplayDetected(t: ConformanceContext): Promise<void> {
  const { client: who, refreshToken, tokens } = await signInWithRefreshToken(t)
  if (/^dpop$/i.test(tokens.token_type)) throw skip('needs a refresh token that is not bound to a key')
  const replace = (token: string) => prepare('a refresh', async () => expectTokens(await refresh(t, who, token)))
  const first = await replace(refreshToken)
  if (first.refresh_token === undefined || first.refresh_token === refreshToken)
    throw skip('needs rotation of refresh tokens, see 9700-2.2.2-1')
  // the successor is used: two parties have tokens
  const second = await replace(first.refresh_token)
  await advanceIfPossible(t, 120)
  const replayed = await refresh(t, who, refreshToken)
  if (t.target.advance === undefined && replayed.status === 200)
    throw skip('needs a clock (target.advance): this server still accepts a token that was just replaced')
  expectError(replayed, 'invalid_grant')
  expectError(await refresh(t, who, second.refresh_token ?? first.refresh_token), 'invalid_grant')
}

export const rfc9700Cases: readonly ConformanceCase[] = [
  conformanceCase(
    '9700-2.1-1',
    'MUST NOT',
    'the page does not redirect to a URL from a request',
    ['page'],
    async (t) => {
      await expectNoOpenRedirect(t, openRedirectTargets.slice(0, 2))
    },
  ),
  conformanceCase(
    '9700-2.1-2',
    'MUST',
    'a POST to the page is never redirected with 307 or 308',
    ['page'],
    async (t) => {
      for (const response of await answersToPosts(t))
        check(response.status !== 307 && response.status !== 308, 'neither 307 nor 308', response)
    },
  ),
  conformanceCase('9700-4.12', 'SHOULD', 'a redirect after a POST to the page is a 303', ['page'], async (t) => {
    for (const response of await answersToPosts(t))
      check(response.status < 300 || response.status === 303 || response.status >= 400, '303', response)
  }),
  conformanceCase('9700-4.12', 'MUST NOT', 'no endpoint answers with 307 or 308', [], async (t) => {
    const device = await startDevice(t)
    const responses = [
      device.response,
      await poll(t, device),
      await requestDevice(t, { client_id: 'conformance-unknown' }),
    ]
    for (const response of responses)
      check(response.status !== 307 && response.status !== 308, 'neither 307 nor 308', response)
  }),
  conformanceCase('9700-2.1.1', 'MUST', 'PKCE parameters are ignored or enforced', [], async (t) => {
    const who = client(t, 'public')
    const device = await startDevice(t)
    const response = await poll(t, device, who, { code_verifier: 'a'.repeat(43) })
    expectError(response, ['authorization_pending', 'invalid_request', 'invalid_grant'])
    if (!t.strict) return
    await approve(t, device)
    expectTokens(await poll(t, device))
  }),
  conformanceCase(
    '9700-2.2.2-1',
    'MUST',
    "a public client's refresh token is rotated (or bound to a key)",
    [],
    async (t) => {
      const { client: who, refreshToken, tokens } = await signInWithRefreshToken(t)
      if (/^dpop$/i.test(tokens.token_type)) return
      const renewed = await prepare('a refresh', async () => expectTokens(await refresh(t, who, refreshToken)))
      check(renewed.refresh_token !== undefined && renewed.refresh_token !== refreshToken, 'a new refresh_token')
    },
  ),
  conformanceCase(
    '9700-4.14-2',
    'MUST',
    'a refresh token that is used again is refused, and its successor too',
    [],
    expectReplayDetected,
  ),
  conformanceCase('9700-2.4-1', 'MUST NOT', 'there is no password grant', [], async (t) => {
    const who = client(t, 'public')
    const response = await postAs(t, who, t.endpoints.token, { grant_type: 'password', username: 'a', password: 'b' })
    expectError(
      response,
      t.strict ? 'unsupported_grant_type' : ['unsupported_grant_type', 'unauthorized_client', 'invalid_request'],
    )
  }),
  conformanceCase('9700-2.6-3', 'MUST NOT', 'no other origin may read the page (CORS)', ['page'], async (t) => {
    const { verification_uri } = await startDevice(t)
    const asked = { 'Access-Control-Request-Method': 'POST', Origin: 'https://evil.example' }
    for (const method of ['OPTIONS', 'GET', 'POST']) {
      const body = method === 'POST' ? { body: encodeForm({ user_code: 'BCDF-GHJK' }) } : {}
      const response = await visit(t, verification_uri, {
        method,
        headers: { ...asked, 'Content-Type': formType },
        ...body,
      })
      check(response.headers.get('access-control-allow-origin') === null, 'no Access-Control-Allow-Origin', response)
    }
  }),
  conformanceCase(
    '9700-4.2.4-1',
    'SHOULD NOT',
    'the pages load and link nothing from other origins, and send no Referer',
    ['page'],
    async (t) => {
      const device = await startDevice(t)
      const { page } = await openEntry(t, device)
      expectSelfContained(page)
      expectSelfContained((await openConfirm(t, device)).page)
    },
  ),
  conformanceCase(
    '9700-4.16-1',
    'MUST',
    'no page can be framed by another site: frame-ancestors or X-Frame-Options',
    ['page'],
    async (t) => {
      const device = await startDevice(t)
      expectUnframed((await openEntry(t, device)).page)
      const { page, decision } = await openConfirm(t, device)
      expectUnframed(page)
      const done = await submitDecision(t, decision, 'deny')
      if (done.status === 200) expectUnframed(done)
    },
  ),
  conformanceCase(
    '9700-2.3-1',
    'SHOULD',
    'a token gives no access beyond its scope',
    ['protectedResource', 'insufficientScope'],
    async (t) => {
      const { tokens } = await signIn(t)
      const headers = [['Authorization', `Bearer ${tokens.access_token}`]] as const
      const url = t.target.protectedResource?.insufficientScopeUrl ?? ''
      expectStatus(await t.sendRaw({ method: 'GET', url, headers }), 403)
    },
  ),
  conformanceCase(
    '9700-2.5-1',
    'SHOULD',
    'clients that can authenticate have to authenticate',
    ['confidentialBasic'],
    expectAuthentication,
  ),
  conformanceCase('9700-4.13-1', 'own', 'X-Forwarded headers change no URL if there is no proxy', [], async (t) => {
    const who = client(t, 'public')
    const plain = await startDevice(t)
    const forged = [
      ['X-Forwarded-Proto', 'gopher'],
      ['X-Forwarded-Host', 'evil.example'],
      ['X-Forwarded-Port', '1'],
    ] as const
    const body = { client_id: who.client_id, ...(who.scope === undefined ? {} : { scope: who.scope }) }
    const response = await t.sendRaw(formRequest(t.endpoints.deviceAuthorization, body, forged))
    if (!t.strict && response.status >= 400 && response.status < 500) return
    const device = readDevice(response, who)
    check(device.verification_uri === plain.verification_uri, plain.verification_uri, device.response)
  }),
]
