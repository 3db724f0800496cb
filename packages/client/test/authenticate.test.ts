import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type AuthenticateOptions,
  type AuthenticateResult,
  authenticate,
  MemoryTokenStore,
  readTokenKey,
  type TokenStore,
  tokenKey,
} from '../src/index.ts'
import { FakeClock, faults, type ScriptedServer, type Step } from '../src/testing/index.ts'
import { answered, codes, issuer, type Scripts, scripted } from './fixtures.ts'

interface Scene {
  readonly clock: FakeClock
  readonly server: ScriptedServer
  readonly store: MemoryTokenStore
  readonly shown: string[]
  run(more?: Partial<AuthenticateOptions>): Promise<AuthenticateResult>
}

const key = tokenKey({ issuer, clientId: 'tv', scope: 'profile' })

function scene(scripts: Scripts = {}): Scene {
  const clock = new FakeClock()
  const server = scripted(clock, scripts)
  const store = new MemoryTokenStore()
  const shown: string[] = []
  const options: AuthenticateOptions = {
    clientId: 'tv',
    scope: 'profile',
    deviceAuthorizationEndpoint: `${issuer}/device_authorization`,
    tokenEndpoint: `${issuer}/token`,
    fetch: server.fetch,
    clock,
    store,
    interactive: true,
    maxAttempts: 2,
    onUserCode: ({ userCode }) => shown.push(userCode),
  }
  return { clock, server, store, shown, run: (more) => clock.until(authenticate(issuer, { ...options, ...more })) }
}

describe('authenticate', () => {
  it('signs in, then uses the stored token, then refreshes it, and says which of these it did', async () => {
    const { run, clock, server, shown, store } = scene()
    expect(await run()).toMatchObject({ ok: true, strategy: 'interactive_auth', accessToken: 'at-secret' })
    expect(shown).toEqual([codes.user_code])
    const used = await run()
    expect(used).toMatchObject({ ok: true, strategy: 'use_token', headers: { Authorization: 'Bearer at-secret' } })
    expect(used).toMatchObject({ expires: Math.floor((clock.now() + 3_600_000) / 1000) })
    expect(JSON.stringify(used)).not.toContain('secret"')
    await clock.advance(3541)
    expect(await run()).toMatchObject({ ok: true, strategy: 'refresh_token', accessToken: 'at-2' })
    expect(server.refreshes[0]?.form.get('refresh_token')).toBe('rt-secret')
    expect(await store.get(key)).toMatchObject({ accessToken: 'at-2', refreshToken: 'rt-2' })
    expect(await run()).toMatchObject({ strategy: 'use_token', accessToken: 'at-2' })
    expect(server.codes).toHaveLength(1)
  })

  it('signs in again with the option force, and after the refresh token was refused', async () => {
    const { run, clock, server } = scene({ refreshes: [{ status: 400, json: { error: 'invalid_grant' } }] })
    await run()
    expect(await run({ force: true })).toMatchObject({ strategy: 'interactive_auth' })
    await clock.advance(3600)
    expect(await run()).toMatchObject({ strategy: 'interactive_auth' })
    expect(server.codes).toHaveLength(3)
  })

  it('neither signs in again nor removes the refresh token when the network fails', async () => {
    const { run, clock, server, store } = scene({ refreshes: [faults['500']] })
    await run()
    await clock.advance(3600)
    expect(await run()).toMatchObject({ ok: false, strategy: 'refresh_token', outcome: 'network' })
    expect(server.codes).toHaveLength(1)
    expect(await store.get(key)).toMatchObject({ refreshToken: 'rt-secret' })
  })

  it('refreshes once for calls at the same time', async () => {
    const { run, clock, server } = scene()
    await run()
    await clock.advance(3600)
    const all = await Promise.all(Array.from({ length: 20 }, () => run()))
    expect(new Set(all.map((result) => result.ok && result.accessToken))).toEqual(new Set(['at-2']))
    expect(server.refreshes).toHaveLength(1)
  })

  it('tries a refused refresh token once for calls at the same time', async () => {
    const { run, clock, server } = scene({ refreshes: [{ status: 400, json: { error: 'invalid_grant' } }] })
    await run()
    await clock.advance(3600)
    const all = await Promise.all(Array.from({ length: 5 }, () => run({ interactive: false })))
    expect(all.map(({ strategy }) => strategy)).toEqual(Array(5).fill('fail'))
    expect(server.refreshes).toHaveLength(1)
  })

  it('keeps the tokens of different scopes, clients and accounts apart', async () => {
    const { run, server, store } = scene()
    await run()
    await run({ scope: 'email' })
    await run({ account: 'bob' })
    expect(server.codes).toHaveLength(3)
    expect((await store.keys()).map(readTokenKey)).toMatchObject([
      { issuer, clientId: 'tv', scope: 'profile', account: '' },
      { scope: 'email' },
      { account: 'bob' },
    ])
    expect(tokenKey({ issuer: 'HTTPS://AS.Example.com:443/', clientId: 'tv', scope: 'b a' })).toBe(
      tokenKey({ issuer, clientId: 'tv', scope: 'a b' }),
    )
  })

  it('a refresh token that looks expired is tried once: the clock of the device may be wrong', async () => {
    const signedIn = { access_token: 'at', expires_in: 60, refresh_token: 'rt', refresh_expires_in: 1800 }
    const { run, clock, server } = scene({ polls: [{ json: signedIn }] })
    await run()
    clock.setBy(86_400)
    expect(await run({ interactive: false })).toMatchObject({ ok: true, strategy: 'refresh_token' })
    const refused = scene({
      polls: [{ json: signedIn }],
      refreshes: [{ status: 400, json: { error: 'invalid_grant' } }],
    })
    await refused.run()
    await refused.clock.advance(86_400)
    for (let call = 0; call < 2; call++)
      expect(await refused.run({ interactive: false })).toMatchObject({ ok: false, outcome: 'unattended' })
    expect([server.refreshes.length, refused.server.refreshes.length]).toEqual([1, 1])
  })

  it('a refresh that is limited is no reason to sign in again', async () => {
    const busy = (): Response => new Response('', { status: 429, headers: { 'retry-after': '3600' } })
    const { run, clock, server, store } = scene({ refreshes: [busy] })
    await run()
    await clock.advance(3600)
    expect(await run()).toMatchObject({ ok: false, strategy: 'refresh_token', outcome: 'network', retryAfter: 3600 })
    expect([server.codes.length, await store.get(key)]).toMatchObject([1, { refreshToken: 'rt-secret' }])
  })

  it('has the warning of a missing id_token', async () => {
    const { run } = scene()
    expect(await run({ scope: 'openid' })).toMatchObject({ ok: true, warnings: [{ code: 'id_token_missing' }] })
    expect(await run({ scope: 'openid' })).toMatchObject({ ok: true, strategy: 'use_token' })
  })

  it('compares the id_token of a refresh with the stored one', async () => {
    const idToken = (sub: string): string => {
      const claims = { iss: issuer, aud: 'tv', exp: Date.UTC(2030, 0, 1) / 1000, sub }
      return ['{}', JSON.stringify(claims), 's'].map((part) => Buffer.from(part).toString('base64url')).join('.')
    }
    const refreshes = [{ json: { access_token: 'at-2', id_token: idToken('eve'), expires_in: 3600 } }]
    const { run, store } = scene({ refreshes })
    await store.put(key, {
      accessToken: 'at',
      tokenType: 'Bearer',
      expiresAt: 0,
      refreshToken: 'rt',
      idToken: idToken('ada'),
    })
    expect(await run({ interactive: false })).toMatchObject({ ok: false, outcome: 'unattended' })
    expect(await store.get(key)).toMatchObject({ accessToken: 'at' })
  })

  describe('with a store that fails', () => {
    /** A store whose methods of these names reject. */
    function failing(...names: readonly (keyof MemoryTokenStore | 'check')[]): TokenStore {
      const store = new MemoryTokenStore()
      const fail = (): Promise<never> => Promise.reject(new Error('EROFS: read-only file system'))
      const all = ['get', 'put', 'remove', 'keys', 'clear', 'withLock', 'check'] as const
      const methods = all.map((name) => {
        const own = name === 'check' ? async (): Promise<void> => {} : store[name].bind(store)
        return [name, names.includes(name) ? fail : own]
      })
      return Object.fromEntries(methods)
    }

    it.each([['check'], ['get']] as const)('at %s: this is found out before a user approves', async (name) => {
      const { run, server } = scene()
      const result = await run({ store: failing(name) })
      expect(result).toMatchObject({ ok: false, error: 'store_error', outcome: 'misconfigured' })
      expect(!result.ok && result.message).toContain('EROFS')
      expect(server.sent).toEqual([])
    })

    it.each([['put'], ['withLock']] as const)('at %s after the approval: the tokens are handed out', async (name) => {
      const { run } = scene()
      expect(await run({ store: failing(name) })).toMatchObject({
        ok: true,
        accessToken: 'at-secret',
        refreshToken: 'rt-secret',
        warnings: [{ code: 'tokens_not_kept', message: expect.stringContaining('EROFS') }],
      })
    })

    it('at put after a refresh: the new tokens are handed out', async () => {
      const { run } = scene()
      const store = failing('put')
      const stored = { accessToken: 'at', tokenType: 'Bearer', expiresAt: 0, refreshToken: 'rt' }
      const result = await run({ store: { ...store, get: async () => stored } })
      expect(result).toMatchObject({
        ok: true,
        strategy: 'refresh_token',
        refreshToken: 'rt-2',
        warnings: [{ code: 'tokens_not_kept' }],
      })
    })
  })

  it('returns the outcome of a failed sign-in', async () => {
    const { run } = scene({ polls: [{ status: 400, json: { error: 'access_denied' } }] })
    expect(await run()).toMatchObject({ ok: false, strategy: 'interactive_auth', outcome: 'denied' })
  })

  it('can be aborted while another call holds the lock', async () => {
    const { run, store, clock } = scene()
    await run()
    await clock.advance(3600)
    const controller = new AbortController()
    let free = (): void => {}
    const held = store.withLock(key, () => new Promise<void>((resolve) => (free = resolve)))
    const result = run({ signal: controller.signal })
    controller.abort()
    expect(await result).toMatchObject({ ok: false, outcome: 'aborted' })
    // the lock is still that of the first call
    let isIn = false
    const next = store.withLock(key, async () => {
      isIn = true
    })
    await clock.advance(1)
    expect(isIn).toBe(false)
    free()
    await Promise.all([held, next])
    expect(isIn).toBe(true)
  })

  it('an abort ends the call at once, and the store gets the tokens of a refresh that was sent', async () => {
    const controller = new AbortController()
    let answer = (): void => {}
    const slow: Step = async () => {
      const answering = new Promise<void>((resolve) => (answer = resolve))
      controller.abort()
      await answering
      return answered({ access_token: 'at-2', refresh_token: 'rt-2' })
    }
    const { run, store, clock, server } = scene({ refreshes: [slow] })
    await run()
    await clock.advance(3600)
    const result = await run({ signal: controller.signal })
    expect(result).toMatchObject({ ok: false, outcome: 'aborted' })
    answer()
    const stored = await store.withLock(key, () => store.get(key))
    expect(stored).toMatchObject({ accessToken: 'at-2', refreshToken: 'rt-2' })
    // an abort before the request: nothing is sent
    await clock.advance(3600)
    await store.put(key, { accessToken: 'at-3', tokenType: 'Bearer', refreshToken: 'rt-2', expiresAt: 0 })
    expect(await run({ signal: controller.signal })).toMatchObject({ outcome: 'aborted' })
    expect(server.refreshes).toHaveLength(1)
  })

  describe('where no user can approve', () => {
    const isTTY = process.stderr.isTTY
    beforeEach(() => {
      process.stderr.isTTY = false
      process.stdin.isTTY = false
      for (const name of ['CI', 'KUBERNETES_SERVICE_HOST', 'INTERACTIVE_SESSION']) vi.stubEnv(name, '')
    })
    afterEach(() => {
      process.stderr.isTTY = isTTY
      vi.unstubAllEnvs()
    })

    it.each([
      ['CI', 'true', /CI is set/],
      ['SLURM_JOB_ID', '1', /SLURM_JOB_ID is set and there is no terminal/],
    ])('%s: fails with the outcome unattended, without a request', async (name, value, message) => {
      const { run, server } = scene()
      vi.stubEnv(name, value)
      vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined)
      const result = await run({ interactive: undefined })
      expect(result).toMatchObject({ ok: false, strategy: 'fail', error: 'unattended', outcome: 'unattended' })
      expect(result).toMatchObject({ errorDescription: expect.stringMatching(message) })
      expect(server.codes).toHaveLength(0)
      vi.stubEnv('INTERACTIVE_SESSION', '1')
      expect(await run({ interactive: undefined })).toMatchObject({ ok: true })
    })

    it('no terminal and no onUserCode: fails with the outcome unattended', async () => {
      vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined)
      const { run } = scene()
      expect(await run({ interactive: undefined, onUserCode: undefined })).toMatchObject({ outcome: 'unattended' })
      // with onUserCode, as on a TV, no terminal is needed
      expect(await run({ interactive: undefined })).toMatchObject({ ok: true })
      expect(await run({ interactive: false, force: true })).toMatchObject({ outcome: 'unattended' })
    })

    it('without stderr, as in a browser, the code is on the console unless the application shows it itself', async () => {
      const { run } = scene()
      const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
      const missing = vi.spyOn(process, 'stderr', 'get').mockReturnValue(undefined as never)
      const result = await run({ onUserCode: undefined }).finally(() => missing.mockRestore())
      expect(result).toMatchObject({ ok: true })
      expect(printed.mock.calls).toEqual([[`Open ${codes.verification_uri}\nand enter the code ${codes.user_code}`]])
      printed.mockRestore()
    })
  })
})
