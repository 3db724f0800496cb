import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, formRequest, postAs } from '../client.ts'
import {
  approve,
  approveScope,
  poll,
  prepare,
  refresh,
  requestDevice,
  signInWithRefreshToken,
  startDevice,
} from '../device.ts'
import { check, expectError, expectTokens } from '../expect.ts'
import { isSubset, sameScope, scopesIn } from '../scope.ts'
import { skip } from '../target.ts'

const unknownScope = (t: ConformanceContext): string => t.target.unknownScope ?? 'conformance:unknown'

const malformed: readonly (readonly [what: string, encoded: string])[] = [
  ['a quote', 'a%22b'],
  ['a backslash', 'a%5Cb'],
  ['NUL', 'a%00b'],
  ['a tab', 'a%09b'],
  ['a carriage return', 'a%0Db'],
  ['a letter outside ASCII', '%C3%A9'],
]

/** All scopes of the public client, and the same without one that is not needed for a refresh token. */
function narrowedScope(t: ConformanceContext): { readonly all: readonly string[]; readonly less: string } {
  const all = scopesIn(client(t, 'public').scope)
  const dropped = all.find((word) => word !== 'openid' && word !== 'offline_access')
  if (dropped === undefined || all.length < 2) throw skip('needs two scopes in clients.public.scope')
  return { all, less: all.filter((word) => word !== dropped).join(' ') }
}

export const rfc6749ScopeCases: readonly ConformanceCase[] = [
  ...malformed.map(([what, encoded]) =>
    conformanceCase('6749-3.3-1', 'MUST', `a scope with ${what} is refused as malformed`, [], async (t) => {
      const { client_id } = client(t, 'public')
      const response = await t.send(
        formRequest(t.endpoints.deviceAuthorization, `client_id=${encodeURIComponent(client_id)}&scope=${encoded}`),
      )
      if (t.strict) expectError(response, 'invalid_scope')
      // RFC 6749 section 3.3 allows a server to ignore the whole scope
      else if (response.status !== 200) expectError(response, ['invalid_scope', 'invalid_request'])
    }),
  ),
  conformanceCase('6749-3.3-1', 'MUST', 'scopes are case-sensitive', ['device-auth'], async (t) => {
    const who = client(t, 'public')
    const scope = (who.scope ?? '').toUpperCase()
    expectError(await requestDevice(t, who, { scope }), 'invalid_scope')
  }),
  conformanceCase('6749-3.3-1', 'MUST', 'a repeated scope counts once', ['device-auth'], async (t) => {
    const who = client(t, 'public')
    const device = await startDevice(t, { ...who, scope: `${who.scope} ${who.scope}` })
    await approve(t, device)
    const { scope } = expectTokens(await poll(t, device))
    check(scope === who.scope, `scope '${who.scope}', not '${scope}'`)
  }),
  conformanceCase(
    '6749-3.3-2',
    'MUST',
    'the token response has the scope if the user approved less than requested',
    ['approveScope'],
    async (t) => {
      const { less } = narrowedScope(t)
      const device = await startDevice(t)
      await approveScope(t, device, less)
      const { scope } = await prepare('tokens', async () => expectTokens(await poll(t, device)))
      check(sameScope(scope, less), `scope '${less}' in the token response, not '${scope}'`)
    },
  ),
  conformanceCase('6749-5.1-3', 'own', 'no scope is added to those requested', ['device-auth'], async (t) => {
    const who = client(t, 'public')
    const device = await startDevice(t)
    await approve(t, device)
    const { scope } = expectTokens(await poll(t, device))
    check(
      scope === undefined || isSubset(scopesIn(scope), scopesIn(who.scope)),
      `no more than '${who.scope}', not '${scope}'`,
    )
  }),
  conformanceCase(
    '6749-3.3-3',
    'MUST',
    'a request without scope gets a default scope or invalid_scope',
    [],
    async (t) => {
      const who = client(t, 'public')
      const response = await postAs(t, who, t.endpoints.deviceAuthorization)
      if (response.status !== 200) return void expectError(response, 'invalid_scope')
      if (!t.strict) return
      const device = await startDevice(t, { client_id: who.client_id, token_endpoint_auth_method: 'none' })
      await approve(t, device)
      const tokens = expectTokens(await poll(t, device))
      check(tokens.scope !== undefined && tokens.scope !== '', 'the default scope in the token response')
    },
  ),
  conformanceCase(
    '6749-5.2-5',
    'MUST',
    'a scope that the client may not have is refused, or left out with the rest in the token response',
    [],
    async (t) => {
      const who = client(t, 'public')
      const scope = `${who.scope ?? ''} ${unknownScope(t)}`.trim()
      const response = await requestDevice(t, who, { scope })
      if (t.strict || response.status !== 200) return void expectError(response, 'invalid_scope')
      const device = await startDevice(t, { ...who, scope })
      await approve(t, device)
      const granted = (await prepare('tokens', async () => expectTokens(await poll(t, device)))).scope ?? scope
      if (!scopesIn(granted).includes(unknownScope(t))) return
      if (t.target.unknownScope === undefined) throw skip('needs target.unknownScope; this server grants any scope')
      check(false, `scope in the token response, without '${unknownScope(t)}'`)
    },
  ),
  conformanceCase('6749-6-2', 'MUST NOT', 'a refresh cannot extend the scope', [], async (t) => {
    const { client: who, refreshToken, tokens } = await signInWithRefreshToken(t)
    const wider = `${tokens.scope ?? who.scope ?? ''} ${unknownScope(t)}`.trim()
    const response = await refresh(t, who, refreshToken, { scope: wider })
    if (t.strict || response.status !== 200) expectError(response, 'invalid_scope')
    // a server may leave the scope out if it says so
    else check(!scopesIn(expectTokens(response).scope ?? wider).includes(unknownScope(t)), 'no wider scope', response)
    if (t.strict) expectTokens(await refresh(t, who, refreshToken))
  }),
  conformanceCase('6749-6-2', 'MAY', 'a refresh may reduce the scope of the access token', [], async (t) => {
    const { less } = narrowedScope(t)
    const { client: who, refreshToken } = await signInWithRefreshToken(t)
    const { scope } = expectTokens(await refresh(t, who, refreshToken, { scope: less }))
    if (t.strict) check(sameScope(scope, less), `scope '${less}', not '${scope}'`)
  }),
  conformanceCase(
    '6749-6-4',
    'MUST',
    'the new refresh token keeps the whole scope after a refresh with less scope',
    [],
    async (t) => {
      const { less } = narrowedScope(t)
      const { client: who, refreshToken, tokens } = await signInWithRefreshToken(t)
      const granted = tokens.scope ?? who.scope
      const narrowed = await prepare('a refresh with less scope', async () =>
        expectTokens(await refresh(t, who, refreshToken, { scope: less })),
      )
      const again = await refresh(t, who, narrowed.refresh_token ?? refreshToken)
      const { scope = granted } = await prepare('a second refresh', async () => expectTokens(again))
      check(isSubset(scopesIn(granted), scopesIn(scope)), `scope '${granted}', not '${scope}'`)
    },
  ),
  conformanceCase(
    '9700-4.14-1',
    'MUST',
    'refresh tokens are bound to the scope that the user approved',
    ['approveScope'],
    async (t) => {
      const { all, less } = narrowedScope(t)
      const device = await startDevice(t)
      await approveScope(t, device, less)
      const { refresh_token } = await prepare('tokens', async () => expectTokens(await poll(t, device)))
      if (refresh_token === undefined) throw skip('needs a refresh token')
      const response = await refresh(t, device.client, refresh_token, { scope: all.join(' ') })
      if (t.strict || response.status !== 200) return void expectError(response, 'invalid_scope')
      const { scope } = expectTokens(response)
      check(scope !== undefined && isSubset(scopesIn(scope), scopesIn(less)), `no more than '${less}'`, response)
    },
  ),
]
