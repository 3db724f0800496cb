import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, formRequest, postAs } from '../client.ts'
import { approve, poll, refresh, requestDevice, signInWithRefreshToken, startDevice } from '../device.ts'
import { check, expectError, expectTokens } from '../expect.ts'
import { skip } from '../target.ts'

const scopesIn = (scope: string | undefined): readonly string[] =>
  (scope ?? '').split(' ').filter((name) => name !== '')
const isSubset = (some: readonly string[], all: readonly string[]): boolean => some.every((word) => all.includes(word))
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
    [],
    async (t) => {
      const { less } = narrowedScope(t)
      const device = await startDevice(t)
      await approve(t, device, less)
      const { scope } = expectTokens(await poll(t, device))
      check(scope === less, `scope '${less}' in the token response, not '${scope}'`)
    },
  ),
  conformanceCase('6749-5.1-3', 'REQUIRED', 'the token response has no scope that was not requested', [], async (t) => {
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
      const device = await startDevice(t, { client_id: who.client_id, token_endpoint_auth_method: 'none' })
      await approve(t, device)
      const tokens = expectTokens(await poll(t, device))
      if (t.strict) check(tokens.scope !== undefined && tokens.scope !== '', 'the default scope in the token response')
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
      const tokens = expectTokens(await poll(t, device))
      check(
        tokens.scope !== undefined && !scopesIn(tokens.scope).includes(unknownScope(t)),
        'scope in the token response, without the refused one',
      )
    },
  ),
  conformanceCase('6749-6-2', 'MUST NOT', 'a refresh cannot extend the scope', [], async (t) => {
    const { client: who, refreshToken, tokens } = await signInWithRefreshToken(t)
    const wider = `${tokens.scope ?? who.scope} ${unknownScope(t)}`
    expectError(await refresh(t, who, refreshToken, wider), 'invalid_scope')
    expectTokens(await refresh(t, who, refreshToken))
  }),
  conformanceCase('6749-6-2', 'MUST NOT', 'a refresh may reduce the scope of the access token', [], async (t) => {
    const { less } = narrowedScope(t)
    const { client: who, refreshToken } = await signInWithRefreshToken(t)
    const tokens = expectTokens(await refresh(t, who, refreshToken, less))
    check(tokens.scope === less, `scope '${less}', not '${tokens.scope}'`)
  }),
  conformanceCase(
    '6749-6-4',
    'MUST',
    'the new refresh token keeps the whole scope after a refresh with less scope',
    [],
    async (t) => {
      const { all, less } = narrowedScope(t)
      const { client: who, refreshToken } = await signInWithRefreshToken(t)
      const narrowed = expectTokens(await refresh(t, who, refreshToken, less))
      const again = expectTokens(await refresh(t, who, narrowed.refresh_token ?? refreshToken))
      check(
        again.scope === undefined || isSubset(all, scopesIn(again.scope)),
        `scope '${all.join(' ')}', not '${again.scope}'`,
      )
    },
  ),
  conformanceCase(
    '9700-4.14-1',
    'MUST',
    'refresh tokens are bound to the scope that the user approved',
    [],
    async (t) => {
      const { all, less } = narrowedScope(t)
      const device = await startDevice(t)
      await approve(t, device, less)
      const { refresh_token } = expectTokens(await poll(t, device))
      if (refresh_token === undefined) throw skip('needs a refresh token')
      expectError(await refresh(t, device.client, refresh_token, all.join(' ')), 'invalid_scope')
    },
  ),
]
