import { type ConformanceCase, conformanceCase } from '../case.ts'
import { client, post, postAs } from '../client.ts'
import { signIn, signInForLong, startDevice } from '../device.ts'
import { check, expectError, expectInvalidClient, expectJson, expectNoStore, expectRefused } from '../expect.ts'
import { expectInactive, introspect, introspectResponse } from './introspect.ts'
import { expectMethodNotAllowed } from './requests.ts'

const needs = ['introspection', 'resourceServer'] as const
const isSeconds = (value: unknown): boolean => Number.isInteger(value) && Number(value) > 1e8 && Number(value) < 1e11

export const rfc7662Cases: readonly ConformanceCase[] = [
  conformanceCase('7662-2.1-1', 'MUST', 'a live token is active, whatever the hint', needs, async (t) => {
    const { tokens } = await signIn(t)
    for (const hint of ['access_token', 'refresh_token', 'conformance-unknown']) {
      const { active } = await introspect(t, tokens.access_token, { token_type_hint: hint })
      check(active === true, `active with token_type_hint ${hint}`)
    }
  }),
  conformanceCase('7662-2.1-1', 'MUST', 'POST only, and token is required', needs, async (t) => {
    const { tokens } = await signIn(t)
    await expectMethodNotAllowed(t, t.endpoints.introspection ?? '', 'GET', { token: tokens.access_token })
    expectError(await postAs(t, client(t, 'resourceServer'), t.endpoints.introspection ?? ''), 'invalid_request')
  }),
  conformanceCase('7662-2.1-2', 'MUST', 'who does not authenticate, or cannot, is told nothing', needs, async (t) => {
    const { tokens, client: who } = await signIn(t)
    const url = t.endpoints.introspection ?? ''
    const nobody = await post(t, url, { token: tokens.access_token })
    // some servers let a public client ask about its own tokens
    const responses = t.strict ? [nobody, await postAs(t, who, url, { token: tokens.access_token })] : [nobody]
    for (const response of responses) {
      expectRefused(response)
      check(!/"active"/.test(response.text), 'an answer that says nothing of the token', response)
    }
  }),
  conformanceCase(
    '7662-2.2-1',
    'REQUIRED',
    'what is no live token is {"active":false} and no more',
    needs,
    async (t) => {
      const device = await startDevice(t)
      await expectInactive(t, 'conformance-unknown', 'an unknown token')
      await expectInactive(t, device.device_code, 'a device code')
      await expectInactive(t, device.user_code, 'a user code')
    },
  ),
  conformanceCase(
    '7662-2.2-1',
    'REQUIRED',
    'an expired token is {"active":false} and no more',
    ['introspection', 'resourceServer', 'clock'],
    async (t) => {
      const { tokens } = await signIn(t)
      await t.target.advance?.((tokens.expires_in ?? 3600) + 1)
      await expectInactive(t, tokens.access_token, 'an expired access token')
    },
  ),
  conformanceCase('7662-2.2-2', 'MAY', 'the members, each of its type', needs, async (t) => {
    const { tokens, client: who } = await signIn(t)
    const content = await introspect(t, tokens.access_token)
    for (const name of ['scope', 'client_id', 'username', 'token_type', 'sub', 'iss', 'jti']) {
      check(content[name] === undefined || typeof content[name] === 'string', `${name}, a string`)
    }
    for (const name of ['exp', 'iat', 'nbf'])
      check(content[name] === undefined || isSeconds(content[name]), `${name}, seconds since the epoch`)
    check(content.client_id === undefined || content.client_id === who.client_id, `client_id ${who.client_id}`)
    check(content.iss === undefined || content.iss === t.target.issuer, `iss ${t.target.issuer}`)
    if (t.strict)
      check(
        ['scope', 'client_id', 'sub', 'exp', 'iat', 'iss'].every((name) => name in content),
        'scope, client_id, sub, exp, iat and iss',
      )
  }),
  conformanceCase(
    '7662-2.2-3',
    'MUST',
    "a client that is no resource server learns nothing of another client's token",
    ['introspection', 'confidentialBasic', 'device-auth'],
    async (t) => {
      const { tokens } = await signIn(t)
      const response = await postAs(t, client(t, 'confidentialBasic'), t.endpoints.introspection ?? '', {
        token: tokens.access_token,
      })
      if (response.status !== 200) return expectRefused(response)
      check(expectJson(response).active === false, '{"active":false}', response)
    },
  ),
  conformanceCase('7662-2.3-1', 'MUST', 'a wrong secret is 401; an inactive token is no error', needs, async (t) => {
    const who = { ...client(t, 'resourceServer'), client_secret: 'wrong' }
    expectInvalidClient(await postAs(t, who, t.endpoints.introspection ?? '', { token: 'x' }))
    await expectInactive(t, 'x', 'an unknown token')
  }),
  conformanceCase('7662-4-1', 'MUST', 'a refresh token that was used is no longer active', needs, async (t) => {
    const { refreshToken, client: who } = await signInForLong(t)
    const { active } = await introspect(t, refreshToken, { token_type_hint: 'refresh_token' })
    if (active !== true) return
    await postAs(t, who, t.endpoints.token, { grant_type: 'refresh_token', refresh_token: refreshToken })
    if (t.strict) await expectInactive(t, refreshToken, 'a rotated refresh token')
  }),
  conformanceCase('7662-4-2', 'MUST', 'the answer is kept by no cache', needs, async (t) => {
    const { tokens } = await signIn(t)
    expectNoStore(await introspectResponse(t, tokens.access_token))
    expectNoStore(await introspectResponse(t, 'conformance-unknown'))
  }),
]
