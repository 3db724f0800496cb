import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client } from '../client.ts'
import { approveScope, poll, prepare, refresh, signIn, startDevice } from '../device.ts'
import { check, expectTokens } from '../expect.ts'
import { readIdToken, type SignedIn, signInForIdToken } from '../id-token.ts'
import { scopesIn } from '../scope.ts'
import { skip } from '../target.ts'
import { accessTokenHash, audiencesOf, expectAsymmetric, expectSigned } from '../verify.ts'

const needs = ['openid'] as const

/** Fails unless the claims that OpenID Connect requires are there and right. */
function expectClaims(t: ConformanceContext, { client: who, jwt: { claims } }: SignedIn): void {
  const { iss, sub, aud, azp, iat, exp } = claims
  check(iss === t.target.issuer, `iss ${t.target.issuer}, not ${String(iss)}`)
  check(typeof sub === 'string' && /^[\x20-\x7e]{1,255}$/.test(sub), 'sub, at most 255 characters of ASCII')
  check(audiencesOf(aud).includes(who.client_id), `aud ${who.client_id}, not ${audiencesOf(aud).join(' and ')}`)
  check(azp === undefined || azp === who.client_id, `azp ${who.client_id}, not ${String(azp)}`)
  const now = t.pacing.now()
  check(typeof iat === 'number' && Math.abs(iat - now) < 300, 'iat, now in seconds since the epoch')
  check(typeof exp === 'number' && exp > now, 'exp, a later time in seconds since the epoch')
}

const scopeCases: readonly ConformanceCase[] = [
  conformanceCase('OIDC-2-2', 'REQUIRED', 'the scope openid gives an id_token', needs, async (t) => {
    readIdToken((await signIn(t, client(t, 'openid'))).tokens)
  }),
  conformanceCase('OIDC-2-2', 'own', 'without the scope openid there is no id_token', [], async (t) => {
    if (scopesIn(client(t, 'public').scope).includes('openid')) throw skip('needs clients.public.scope without openid')
    const { tokens } = await signIn(t)
    check(!Object.hasOwn(tokens.content, 'id_token'), 'a token response without id_token')
  }),
  conformanceCase(
    'OIDC-2-2',
    'own',
    'if the user does not grant openid, there is no id_token',
    [...needs, 'approveScope'],
    async (t) => {
      const who = client(t, 'openid')
      const others = scopesIn(who.scope).filter((word) => word !== 'openid')
      if (others.length === 0) throw skip('needs another scope in clients.openid.scope')
      const device = await startDevice(t, who)
      await approveScope(t, device, others.join(' '))
      const tokens = await prepare('tokens', async () => expectTokens(await poll(t, device)))
      check(!Object.hasOwn(tokens.content, 'id_token'), 'a token response without id_token')
    },
  ),
]

const claimCases: readonly ConformanceCase[] = [
  conformanceCase('OIDC-2-1', 'REQUIRED', 'an id_token has iss, sub, aud, exp and iat', needs, async (t) =>
    expectClaims(t, await signInForIdToken(t)),
  ),
  conformanceCase('OIDC-2-6', 'MUST NOT', 'the alg of an id_token is not none', needs, async (t) => {
    const { jwt } = await signInForIdToken(t)
    // with a secret, a client may verify its id_tokens by it
    if (client(t, 'openid').client_secret === undefined) expectAsymmetric(jwt)
    else check(jwt.header.alg !== 'none', 'an alg that is not none')
  }),
  conformanceCase('OIDC-10.1-1', 'MUST', 'a key at jwks_uri verifies an id_token', [...needs, 'keys'], async (t) => {
    const { idToken, jwt } = await signInForIdToken(t)
    await expectSigned(t, idToken, jwt)
  }),
  conformanceCase('OIDC-3.1.3.6-1', 'MAY', 'at_hash is the hash of the access token', needs, async (t) => {
    const { jwt, tokens } = await signInForIdToken(t)
    const { at_hash } = jwt.claims
    if (at_hash === undefined && !t.strict) throw skip('needs an id_token with at_hash')
    const expected = accessTokenHash(tokens.access_token, jwt)
    check(at_hash === expected, `at_hash ${expected}, not ${String(at_hash)}`)
  }),
  conformanceCase('OIDC-2-4', 'MUST', 'the id_token has the nonce of the request', needs, async (t) => {
    const nonce = crypto.randomUUID()
    const { claims } = (await signInForIdToken(t, { nonce })).jwt
    // a device authorization request is no authentication request, in which a nonce has a meaning
    if (claims.nonce === undefined && !t.strict) throw skip('needs a server that reads nonce in the device request')
    check(claims.nonce === nonce, 'the nonce of the device authorization request')
  }),
  conformanceCase('OIDC-2-4', 'own', 'without a nonce in the request there is none', needs, async (t) => {
    check((await signInForIdToken(t)).jwt.claims.nonce === undefined, 'an id_token without nonce')
  }),
]

/** The claims that stay as they are at a refresh, if they are there. */
const fixedClaims = ['iss', 'sub', 'aud', 'azp', 'auth_time'] as const

const refreshCases: readonly ConformanceCase[] = [
  conformanceCase('OIDC-12.2-1', 'MUST', 'the id_token of a refresh is about the same log-in', needs, async (t) => {
    const { client: who, jwt: before, tokens } = await signInForIdToken(t, { nonce: 'conformance' })
    if (tokens.refresh_token === undefined) throw skip('needs a refresh token')
    const answer = await refresh(t, who, tokens.refresh_token)
    const refreshed = await prepare('a refresh', async () => expectTokens(answer))
    if (refreshed.content.id_token === undefined && !t.strict) throw skip('needs an id_token in the answer')
    const { claims } = readIdToken(refreshed).jwt
    for (const name of fixedClaims)
      check(JSON.stringify(claims[name]) === JSON.stringify(before.claims[name]), `${name} as in the first id_token`)
    check(claims.nonce === undefined || claims.nonce === before.claims.nonce, 'no other nonce')
    check(Number(claims.iat) >= Number(before.claims.iat), 'iat, the time of this id_token')
  }),
]

export const openidCases: readonly ConformanceCase[] = [...scopeCases, ...claimCases, ...refreshCases]
