import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKeyPair } from '../../src/auth/dpop-key.ts'
import { createDpopProver, type DpopKey, dpopKeys } from '../../src/dpop.ts'
import {
  type AuthenticateOptions,
  type AuthenticateResult,
  authenticate,
  type Fetch,
  MemoryTokenStore,
  type TokenStore,
  tokenKey,
} from '../../src/index.ts'
import { FileTokenStore } from '../../src/node.ts'
import { FakeClock } from '../../src/testing/index.ts'
import { parts } from '../auth/jwt-parts.ts'
import { answered, codes, endpoints, issuer } from '../fixtures.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'device-auth-keys-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const key = tokenKey({ issuer, clientId: 'tv' })

/** The JWK thumbprint of a proof's key, computed apart from the client: RFC 7638. */
function thumbprintOf(proof: string | null): string {
  const { jwk } = parts(proof).header as { jwk: { kty: string; crv: string; x: string; y: string } }
  const { crv, kty, x, y } = jwk
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
}

/** A server that binds tokens to keys as RFC 9449 section 5 says: a refresh token of a public client works with its key only. */
class BindingServer {
  readonly asked: string[] = []
  readonly clock = new FakeClock()
  #bound: string | undefined

  readonly fetch: Fetch = async (url, init) => {
    const proof = new Headers(init.headers).get('dpop')
    const form = new URLSearchParams(String(init.body))
    const grant = url.includes('/device_authorization') ? 'codes' : (form.get('grant_type')?.split(':').at(-1) ?? '')
    this.asked.push(grant)
    if (grant === 'codes') return answered({ ...codes, interval: 0.001 })
    const thumbprint = proof === null ? undefined : thumbprintOf(proof)
    if (grant === 'refresh_token' && this.#bound !== thumbprint) return answered({ error: 'invalid_grant' }, 400)
    this.#bound = thumbprint
    const token_type = thumbprint === undefined ? 'Bearer' : 'DPoP'
    return answered({ access_token: `at-${this.asked.length}`, token_type, expires_in: 3600, refresh_token: 'rt' })
  }

  async run(store: TokenStore, more: Partial<AuthenticateOptions> = {}): Promise<AuthenticateResult> {
    const options: AuthenticateOptions = { clientId: 'tv', ...endpoints, fetch: this.fetch, store, interactive: true }
    const asking = authenticate(issuer, { ...options, clock: this.clock, onUserCode: () => {}, ...more })
    let ended = false
    const mark = (): void => {
      ended = true
    }
    asking.then(mark, mark)
    // signing takes real time, which a fake clock does not wait for
    while (!ended) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      await this.clock.advance(0.01)
    }
    return asking
  }
}

const stores: readonly [string, () => TokenStore][] = [
  ['MemoryTokenStore', () => new MemoryTokenStore()],
  ['FileTokenStore', () => new FileTokenStore({ folder, dpopKeys: true })],
]

describe.each(stores)('%s', (name, create) => {
  it('keeps the key of a sign-in: a later call uses, refreshes and proves with the same one', async () => {
    const server = new BindingServer()
    const first = create()
    const signedIn = await server.run(first, { dpop: dpopKeys })
    expect(signedIn).toMatchObject({ ok: true, strategy: 'interactive_auth', tokenType: 'DPoP' })
    // a new process has a new store of the same files
    const store = name === 'FileTokenStore' ? create() : first
    await server.clock.advance(3600)
    const refreshed = await server.run(store, { dpop: { load: dpopKeys.load } })
    expect(refreshed).toMatchObject({ ok: true, strategy: 'refresh_token', headers: { Authorization: 'DPoP at-3' } })
    const used = await server.run(store, { dpop: dpopKeys })
    if (!used.ok) throw new Error(used.message)
    const proof = (await used.dpop?.prove('GET', 'https://api.example.com/me', used.accessToken)) ?? ''
    expect(thumbprintOf(proof)).toBe(used.keyThumbprint)
    expect(used.keyThumbprint).toBe(signedIn.ok && signedIn.keyThumbprint)
    expect(server.asked).toEqual(['codes', 'device_code', 'refresh_token'])
    await store.clear()
  })

  it('a key cannot be exported from it', async () => {
    const store = create()
    for (const read of [() => store.createDpopKey?.(key, newKeyPair), () => store.loadDpopKey?.(key)]) {
      const kept = await read()
      if (kept === undefined || 'sign' in kept) throw new Error('there is no key pair')
      expect(kept.privateKey.extractable).toBe(false)
      await expect(crypto.subtle.exportKey('jwk', kept.privateKey)).rejects.toThrow()
    }
    await store.clear()
  })

  it('signing out removes the key, and the next sign-in has another one', async () => {
    const store = create()
    const before = await dpopKeys.loadOrCreate(store, key)
    expect((await dpopKeys.loadOrCreate(store, key)).thumbprint).toBe(before.thumbprint)
    for (const end of [() => store.remove(key), () => store.clear()]) {
      await end()
      expect(await dpopKeys.load(store, key)).toBeUndefined()
      expect((await dpopKeys.loadOrCreate(store, key)).thumbprint).not.toBe(before.thumbprint)
    }
    await store.clear()
  })

  it('9449-5-3 without the key, bound tokens are not sent: the call says so, and signs in anew once', async () => {
    const server = new BindingServer()
    const store = create()
    await server.run(store, { dpop: dpopKeys })
    const bound = await store.get(key)
    await store.remove(key)
    if (bound !== undefined) await store.put(key, bound)
    const asked = server.asked.length
    const unattended = await server.run(store, { dpop: dpopKeys, interactive: false })
    expect(unattended).toMatchObject({ ok: false, outcome: 'unattended' })
    expect(!unattended.ok && unattended.errorDescription).toMatch(/^The stored tokens are bound to a key that is gone/)
    expect(server.asked.length).toBe(asked)
    const again = await server.run(store, { dpop: dpopKeys })
    expect(again).toMatchObject({ ok: true, strategy: 'interactive_auth', warnings: [{ code: 'key_lost' }] })
    const used = await server.run(store, { dpop: dpopKeys })
    expect(used).toMatchObject({ ok: true, strategy: 'use_token' })
    expect(used.ok && used.warnings).toBeUndefined()
    expect(server.asked.slice(asked)).toEqual(['codes', 'device_code'])
    await store.clear()
  })

  it('tokens whose key was removed while the user approved are not stored', async () => {
    const server = new BindingServer()
    const store = create()
    const onUserCode = (): void => void store.remove(key)
    const result = await server.run(store, { dpop: dpopKeys, onUserCode })
    expect(result).toMatchObject({ ok: true, tokenType: 'DPoP', warnings: [{ code: 'tokens_not_kept' }] })
    expect(await store.get(key)).toBeUndefined()
    await store.clear()
  })
})

describe('FileTokenStore', () => {
  it('writes a private key only when asked to, and tells before the user approves', async () => {
    const server = new BindingServer()
    const result = await server.run(new FileTokenStore({ folder }), { dpop: dpopKeys })
    expect(result).toMatchObject({ ok: false, error: 'store_error', outcome: 'misconfigured' })
    expect(!result.ok && result.errorDescription).toContain('only with the option `dpopKeys: true`')
    expect(server.asked).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })

  it('6750-5.3-1 has the key in a file that only its owner can read; a broken file is no key', async () => {
    const store = new FileTokenStore({ folder, dpopKeys: true })
    const umask = process.umask(0)
    try {
      await store.createDpopKey(key)
    } finally {
      process.umask(umask)
    }
    const [name = '', ...others] = await readdir(folder)
    expect([name, others]).toEqual([expect.stringMatching(/^[\da-f]{32}\.key$/), []])
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
    expect(await store.keys()).toEqual([])
    const { dpopKey } = JSON.parse(await readFile(join(folder, name), 'utf8'))
    for (const broken of [{}, { key }, { key, dpopKey: { d: 'x' } }, { key: 'other', dpopKey }]) {
      await writeFile(join(folder, name), JSON.stringify(broken))
      expect(await store.loadDpopKey(key)).toBeUndefined()
    }
    await rm(join(folder, name))
  })
})

describe('authenticate', () => {
  it('refuses dpopKeys with a store that keeps no keys, before the user is asked', async () => {
    const memory = new MemoryTokenStore()
    const store: TokenStore = {
      get: (one) => memory.get(one),
      put: (one, token) => memory.put(one, token),
      remove: (one) => memory.remove(one),
      keys: () => memory.keys(),
      clear: () => memory.clear(),
      withLock: (one, run) => memory.withLock(one, run),
    }
    const server = new BindingServer()
    const refused = await server.run(store, { dpop: dpopKeys })
    expect(refused).toMatchObject({ ok: false, error: 'store_error', outcome: 'misconfigured' })
    expect(!refused.ok && refused.message).toContain('keeps no DPoP keys: it has no loadDpopKey() and createDpopKey()')
    expect(server.asked).toEqual([])
  })

  it('does not send the tokens of one key with a prover of another', async () => {
    const server = new BindingServer()
    const store = new MemoryTokenStore()
    const dpop = await createDpopProver()
    await server.run(store, { dpop })
    expect(await server.run(store, { dpop })).toMatchObject({ strategy: 'use_token', keyThumbprint: dpop.thumbprint })
    const other = await server.run(store, { dpop: await createDpopProver() })
    expect(other).toMatchObject({ strategy: 'interactive_auth', warnings: [{ code: 'key_lost' }] })
    expect(server.asked).toEqual(['codes', 'device_code', 'codes', 'device_code'])
  })

  it('uses tokens that are not bound as they are, also with dpopKeys', async () => {
    const server = new BindingServer()
    const store = new MemoryTokenStore()
    await server.run(store)
    const unbound = await server.run(store, { dpop: dpopKeys })
    expect(unbound).toMatchObject({ strategy: 'use_token', headers: { Authorization: 'Bearer at-2' } })
    expect(unbound.ok && unbound.dpop).toBeUndefined()
  })

  it('binds tokens at the next refresh with dpopKeys, and leaves them as they are with load alone', async () => {
    for (const [dpop, tokenType] of [
      [{ load: dpopKeys.load }, 'Bearer'],
      [dpopKeys, 'DPoP'],
    ] as const) {
      const server = new BindingServer()
      const store = new MemoryTokenStore()
      await server.run(store)
      await server.clock.advance(3600)
      // a confidential client: the server takes its refresh token with any key
      const fetch: Fetch = async (url, init) => {
        const bound = new Headers(init.headers).has('dpop')
        if (!url.includes('/token')) return server.fetch(url, init)
        return answered({ access_token: 'fresh', token_type: bound ? 'DPoP' : 'Bearer', refresh_token: 'rt' })
      }
      const refreshed = await server.run(store, { dpop, fetch })
      expect(refreshed).toMatchObject({ ok: true, strategy: 'refresh_token', tokenType })
      expect((await store.get(key))?.keyThumbprint).toBe((refreshed.ok && refreshed.dpop?.thumbprint) || undefined)
    }
  })

  it('without the option, sends no tokens that are bound to a key, and names the option', async () => {
    const server = new BindingServer()
    const store = new MemoryTokenStore()
    await server.run(store, { dpop: dpopKeys })
    const asked = server.asked.length
    const unattended = await server.run(store, { interactive: false })
    expect(!unattended.ok && unattended.message).toMatch(/bound to a key .* that the option `dpop` does not give/)
    expect(server.asked.length).toBe(asked)
    const unbound = await server.run(store)
    expect(unbound).toMatchObject({ ok: true, tokenType: 'Bearer', warnings: [{ code: 'key_lost' }] })
  })

  it('a store of the application can sign in hardware', async () => {
    const server = new BindingServer()
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    const publicJwk = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)) }
    let signed = 0
    const hardware: DpopKey = {
      publicJwk,
      algorithm: 'ES256',
      async sign(data) {
        signed += 1
        return new Uint8Array(
          await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, data.slice()),
        )
      },
    }
    const store = new MemoryTokenStore()
    store.loadDpopKey = async () => hardware
    expect(await server.run(store, { dpop: dpopKeys })).toMatchObject({ ok: true, tokenType: 'DPoP' })
    await server.clock.advance(3600)
    expect(await server.run(store, { dpop: dpopKeys })).toMatchObject({ strategy: 'refresh_token' })
    expect(signed).toBe(3)
  })
})
