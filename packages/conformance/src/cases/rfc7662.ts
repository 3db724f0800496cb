import { type ConformanceCase, conformanceCase } from '../case.ts'
import { client, post, postAs } from '../client.ts'
import { signIn, signInWithRefreshToken, startDevice, wait } from '../device.ts'
import {
  check,
  expectError,
  expectInvalidClient,
  expectJson,
  expectJsonType,
  expectNoStore,
  expectRefused,
  expectStatus,
} from '../expect.ts'
import { expectInactive, expectNotActive, introspect, introspectResponse } from './introspect.ts'
import { expectMethodNotAllowed } from './requests.ts'

const needs = ['introspection', 'resourceServer'] as const
const isEpochSeconds = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) > 1e8 && Number(value) < 1e11

export const rfc7662Cases: readonly ConformanceCase[] = [
  conformanceCase('7662-2.1-1', 'MUST', 'a valid token is active with any token_type_hint', needs, async (t) => {
    const { tokens } = await signIn(t)
    for (const hint of ['access_token', 'refresh_token', 'conformance-unknown']) {
      const { active } = await introspect(t, tokens.access_token, { token_type_hint: hint })
      check(active === true, `active with token_type_hint ${hint}`)
    }
  }),
  conformanceCase('7662-2.1-1', 'REQUIRED', 'the introspection endpoint requires a token', needs, async (t) => {
    if (t.strict) await expectMethodNotAllowed(t, t.endpoints.introspection ?? '', 'GET', { token: 'x' })
    expectError(await postAs(t, client(t, 'resourceServer'), t.endpoints.introspection ?? ''), 'invalid_request')
  }),
  conformanceCase(
    '7662-2.1-2',
    'MUST',
    'a request without client authentication learns nothing about a token',
    needs,
    async (t) => {
      const { tokens, client: who } = await signIn(t)
      const url = t.endpoints.introspection ?? ''
      const nobody = await post(t, url, { token: tokens.access_token })
      // some servers let a public client ask about its own tokens
      const responses = t.strict ? [nobody, await postAs(t, who, url, { token: tokens.access_token })] : [nobody]
      for (const response of responses) {
        expectRefused(response)
        check(!/"active"/.test(response.text), 'an answer without information about the token', response)
      }
    },
  ),
  conformanceCase('7662-2.2-1', 'REQUIRED', 'the answer is JSON with active, a boolean', needs, async (t) => {
    const response = await introspectResponse(t, 'conformance-unknown')
    expectStatus(response, 200)
    expectJsonType(response)
    check(expectJson(response).active === false, 'active: false', response)
  }),
  conformanceCase('7662-2.2-1', 'REQUIRED', 'a text that is not a valid token is not active', needs, async (t) => {
    const device = await startDevice(t)
    await expectNotActive(t, 'conformance-unknown', 'an unknown token')
    await expectNotActive(t, device.device_code, 'a device code')
    await expectNotActive(t, device.user_code, 'a user code')
  }),
  conformanceCase(
    '7662-2.2-1',
    'SHOULD NOT',
    'the answer says nothing more of what is not active',
    needs,
    async (t) => {
      await expectInactive(t, 'conformance-unknown', 'an unknown token')
    },
  ),
  conformanceCase(
    '7662-2.2-1',
    'REQUIRED',
    'an expired token is not active',
    ['introspection', 'resourceServer', 'clock'],
    async (t) => {
      const { tokens } = await signIn(t)
      await wait(t, (tokens.expires_in ?? 3600) + 1)
      await expectNotActive(t, tokens.access_token, 'an expired access token')
    },
  ),
  conformanceCase(
    '7662-2.2-2',
    'MAY',
    'the members of the introspection response have the right types',
    needs,
    async (t) => {
      const { tokens, client: who } = await signIn(t)
      const content = await introspect(t, tokens.access_token)
      for (const name of ['scope', 'client_id', 'username', 'token_type', 'sub', 'iss', 'jti']) {
        check(content[name] === undefined || typeof content[name] === 'string', `${name}, a string`)
      }
      for (const name of ['exp', 'iat', 'nbf'])
        check(content[name] === undefined || isEpochSeconds(content[name]), `${name}, seconds since the epoch`)
      check(content.client_id === undefined || content.client_id === who.client_id, `client_id ${who.client_id}`)
      check(content.iss === undefined || content.iss === t.target.issuer, `iss ${t.target.issuer}`)
      if (t.strict)
        check(
          ['scope', 'client_id', 'sub', 'exp', 'iat', 'iss'].every((name) => name in content),
          'scope, client_id, sub, exp, iat and iss',
        )
    },
  ),
  conformanceCase(
    '7662-2.2-3',
    'MUST',
    "a client that is not a resource server learns nothing about another client's token",
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
  conformanceCase(
    '7662-2.3-1',
    'MUST',
    'a wrong secret gets 401, and an inactive token is no error',
    needs,
    async (t) => {
      const who = { ...client(t, 'resourceServer'), client_secret: 'wrong' }
      expectInvalidClient(await postAs(t, who, t.endpoints.introspection ?? '', { token: 'x' }))
      await expectNotActive(t, 'x', 'an unknown token')
    },
  ),
  conformanceCase('7662-4-1', 'MUST', 'a used refresh token is inactive', [...needs, 'device-auth'], async (t) => {
    const { refreshToken, client: who } = await signInWithRefreshToken(t)
    await postAs(t, who, t.endpoints.token, { grant_type: 'refresh_token', refresh_token: refreshToken })
    await expectInactive(t, refreshToken, 'a rotated refresh token')
  }),
  conformanceCase('7662-4-2', 'own', 'the introspection response is not stored by caches', needs, async (t) => {
    const { tokens } = await signIn(t)
    expectNoStore(await introspectResponse(t, tokens.access_token))
    expectNoStore(await introspectResponse(t, 'conformance-unknown'))
  }),
]
