import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { authenticate, tokenKey } from '../../src/index.ts'
import { FileTokenStore } from '../../src/node.ts'

const key = tokenKey({ issuer: 'https://as.example.com', clientId: 'tv' })
const token = { accessToken: 'at', tokenType: 'Bearer' }

let folder: string
let store: FileTokenStore
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'device-auth-store-')), 'inner')
  store = new FileTokenStore({ folder })
})
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }))

describe('FileTokenStore', () => {
  it('gets, puts, lists, removes and clears tokens', async () => {
    expect(await store.get(key)).toBeUndefined()
    expect(await store.keys()).toEqual([])
    await store.put(key, token)
    await store.put('other', { ...token, accessToken: 'at-2' })
    expect(await store.get(key)).toEqual(token)
    expect([...(await store.keys())].sort()).toEqual([key, 'other'].sort())
    expect(await store.remove(key)).toBe(true)
    expect(await store.remove(key)).toBe(false)
    await store.clear()
    expect(await store.keys()).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })

  it('6750-5.3-1 writes files that only their owner can read, and no other file', async () => {
    const umask = process.umask(0)
    try {
      await store.put(key, token)
    } finally {
      process.umask(umask)
    }
    const names = await readdir(folder)
    expect(names).toHaveLength(1)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, names[0]!))).mode & 0o777).toBe(0o600)
    expect(names[0]).not.toContain('example')
  })

  it('ignores a file that is broken or belongs to another key', async () => {
    await store.put(key, token)
    const [name = ''] = await readdir(folder)
    const whole = await readFile(join(folder, name), 'utf8')
    for (const text of ['', whole.slice(0, 20), '[]', 'null', JSON.stringify({ key: 'other', token })]) {
      await writeFile(join(folder, name), text)
      expect(await store.get(key)).toBeUndefined()
    }
  })

  it('reads a file of another version: what is no time counts as past, and the type is Bearer', async () => {
    await store.put(key, token)
    const [name = ''] = await readdir(folder)
    const odd = { accessToken: 'at', refreshToken: 'rt', expiresAt: 1e300, refreshExpiresAt: 'soon', future: 1 }
    await writeFile(join(folder, name), JSON.stringify({ key, token: odd, version: 9 }))
    expect(await store.get(key)).toMatchObject({ tokenType: 'Bearer', refreshToken: 'rt', expiresAt: 0 })
    expect(await store.keys()).toEqual([key])
  })

  it('removes tokens that cannot be used any more', async () => {
    const past = Date.now() - 1000
    await store.put('dead', { ...token, expiresAt: past })
    await store.put('dead too', { ...token, expiresAt: past, refreshToken: 'rt', refreshExpiresAt: past })
    await store.put('refreshable', { ...token, expiresAt: past, refreshToken: 'rt' })
    expect(await store.keys()).toEqual(['refreshable'])
    expect(await readdir(folder)).toHaveLength(1)
  })

  it('keeps the old token when the new one cannot be written', async () => {
    await store.put(key, token)
    const toJSON = (): never => {
      throw new Error('broken')
    }
    await expect(store.put(key, Object.assign({ toJSON }, token))).rejects.toThrow('broken')
    expect(await store.get(key)).toEqual(token)
    expect(await readdir(folder)).toHaveLength(1)
  })

  it('clear() deletes only files that it wrote', async () => {
    await mkdir(folder, { recursive: true })
    const names = ['package.json', `${'0'.repeat(32)}.json`, `${'a'.repeat(32)}.json`, 'notes.txt']
    await Promise.all(names.map((name) => writeFile(join(folder, name), '{"key":"k","token":{"accessToken":"x"}}')))
    await mkdir(join(folder, 'folder.json'))
    await mkdir(join(folder, `${'b'.repeat(32)}.json`))
    await store.put(key, { ...token, expiresAt: 1 })
    const [written = ''] = (await readdir(folder)).filter((name) => ![...names, 'folder.json'].includes(name))
    await writeFile(join(folder, `${written}.00000000-0000-4000-8000-000000000000.tmp`), 'left by a process that died')
    expect(await store.keys()).toEqual([])
    await store.put(key, token)
    await store.clear()
    expect((await readdir(folder)).sort()).toEqual([...names, 'folder.json', `${'b'.repeat(32)}.json`].sort())
  })

  it('check() finds out that the folder cannot be written, and leaves nothing behind', async () => {
    await store.check()
    expect(await readdir(folder)).toEqual([])
    await writeFile(join(folder, 'file'), '')
    await expect(new FileTokenStore({ folder: join(folder, 'file', 'state') }).check()).rejects.toThrow(/ENOTDIR/)
  })

  it.runIf(existsSync('/proc/self'))(
    'a folder below one in which nobody can make any is an error, not an endless search',
    async () => {
      for (const folder of ['/proc/device-auth', '/proc/self/device-auth/inner']) {
        const unusable = new FileTokenStore({ folder })
        for (const use of [
          () => unusable.check(),
          () => unusable.put(key, token),
          () => unusable.withLock(key, async () => {}),
        ])
          await expect(use()).rejects.toThrow(/ENOENT|EACCES|EPERM/)
      }
    },
  )

  it('authenticate() finds out before the approval, and never loses tokens', async () => {
    await store.check()
    await writeFile(join(folder, 'file'), '')
    const sent: string[] = []
    const result = await authenticate('https://as.example.com', {
      clientId: 'tv',
      store: new FileTokenStore({ folder: join(folder, 'file', 'state') }),
      interactive: true,
      fetch: async (url) => {
        sent.push(url)
        return new Response('')
      },
    })
    expect(result).toMatchObject({ ok: false, error: 'store_error', message: expect.stringContaining('ENOTDIR') })
    expect(sent).toEqual([])
  })

  describe('the default folder', () => {
    afterEach(() => vi.unstubAllEnvs())
    const { homedir: home } = userInfo()

    it.runIf(process.platform === 'linux').each<[string, string | undefined, string | undefined, string]>([
      ['XDG_STATE_HOME', '/var/state', '/home/ada', '/var/state/device-auth'],
      ['HOME without XDG_STATE_HOME', undefined, '/home/ada', '/home/ada/.local/state/device-auth'],
      ['HOME with an empty XDG_STATE_HOME', '', '/home/ada', '/home/ada/.local/state/device-auth'],
      ['HOME with a relative XDG_STATE_HOME', 'state', '/home/ada', '/home/ada/.local/state/device-auth'],
      ['the user database without HOME', undefined, undefined, `${home}/.local/state/device-auth`],
      ['the user database with an empty HOME', '', '', `${home}/.local/state/device-auth`],
      ['the user database with a relative HOME', undefined, 'home', `${home}/.local/state/device-auth`],
    ])('is that of %s', (_name, xdg, homeVariable, expected) => {
      vi.stubEnv('XDG_STATE_HOME', xdg)
      vi.stubEnv('HOME', homeVariable)
      expect(new FileTokenStore().folder).toBe(expected)
      expect(new FileTokenStore({ folder: '', appName: '' }).folder).toBe(expected)
    })
  })

  it('runs one function at a time under a lock', async () => {
    let inside = 0
    let most = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setImmediate(resolve))
      inside -= 1
    }
    await Promise.all(Array.from({ length: 10 }, () => store.withLock(key, work)))
    expect(most).toBe(1)
    expect(await readdir(folder)).toEqual([])
  })

  it.each([
    ['whose process has ended', { pid: 2 ** 22 + 1 }, 0],
    ['of another machine without a sign of life', { pid: 1, host: 'elsewhere' }, 60],
    ['that was never finished', undefined, 60],
  ])('breaks a lock %s', async (_name, owner, age) => {
    await store.withLock(key, async () => {
      const [name = ''] = await readdir(folder)
      const path = join(folder, name)
      const own = JSON.parse(await readFile(path, 'utf8'))
      await writeFile(path, owner === undefined ? '' : JSON.stringify({ ...own, ...owner }))
      const then = Date.now() / 1000 - age
      await utimes(path, then, then)
      expect(await store.withLock(key, async () => 'broken')).toBe('broken')
    })
  })

  it('keeps the lock of a process in another container of this host, which looks as if it had ended', async () => {
    await store.withLock(key, async () => {
      const [name = ''] = await readdir(folder)
      const path = join(folder, name)
      // in its own namespace, the same host has another one in its name
      await writeFile(path, JSON.stringify({ id: 'x', pid: 2 ** 22 + 1, host: hostname() }))
      const waiting = store.withLock(key, async () => 'broken', AbortSignal.timeout(300))
      await expect(waiting).rejects.toThrow(/abort/)
    })
  })

  it.each([
    ['a minute old, as after a sleep of the machine or when its clock was set', -60],
    ['of tomorrow, because the clock was set back', 86_400],
  ])('keeps the lock of a live process that is %s, until 15 seconds of waiting have passed', async (_name, ahead) => {
    await store.withLock(key, async () => {
      const [name = ''] = await readdir(folder)
      const then = Date.now() / 1000 + ahead
      await utimes(join(folder, name), then, then)
      const waiting = store.withLock(key, async () => 'broken', AbortSignal.timeout(300))
      await expect(waiting).rejects.toThrow(/abort/)
      let now = 0
      vi.spyOn(performance, 'now').mockImplementation(() => (now += 6000))
      expect(await store.withLock(key, async () => 'broken')).toBe('broken')
      vi.restoreAllMocks()
    })
  })

  it('leaves no lock behind that could not be written, as on a full disk', async () => {
    await mkdir(folder, { recursive: true })
    const probe = await open(join(folder, 'probe'), 'w')
    await probe.close()
    await rm(join(folder, 'probe'))
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    const write = vi.spyOn(Object.getPrototypeOf(probe), 'writeFile').mockRejectedValueOnce(full)
    await expect(store.withLock(key, async () => 'never')).rejects.toThrow('ENOSPC')
    write.mockRestore()
    expect(await readdir(folder)).toEqual([])
    expect(await store.withLock(key, async () => 'done')).toBe('done')
  })

  it('stops to wait for a lock when it is aborted', async () => {
    const controller = new AbortController()
    await store.withLock(key, async () => {
      const waiting = store.withLock(key, async () => 'never', controller.signal)
      controller.abort()
      await expect(waiting).rejects.toThrow(/abort/)
    })
  })
})

/** A token endpoint whose refresh tokens work once. */
async function rotatingServer(): Promise<{ server: Server; issuer: string; refreshes: string[] }> {
  const refreshes: string[] = []
  let current = 'rt-0'
  const server = createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += String(chunk)
    const given = new URLSearchParams(body).get('refresh_token') ?? ''
    refreshes.push(given)
    const isGood = given === current
    if (isGood) current = `rt-${refreshes.length}`
    res.writeHead(isGood ? 200 : 400, { 'content-type': 'application/json' })
    const good = { access_token: `at-${refreshes.length}`, expires_in: 3600, refresh_token: current }
    res.end(JSON.stringify(isGood ? good : { error: 'invalid_grant' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, refreshes }
}

const child = `
import { authenticate } from '@device-auth/client'
import { FileTokenStore } from '@device-auth/client/node'
const [issuer, folder] = process.argv.slice(-2)
const result = await authenticate(issuer, {
  clientId: 'tv',
  store: new FileTokenStore({ folder }),
  deviceAuthorizationEndpoint: issuer + '/device',
  tokenEndpoint: issuer + '/token',
  dangerouslyAllowHttp: true,
  interactive: false,
})
console.log(result.ok ? result.strategy + ' ' + result.accessToken : result.error)
`

describe('20 processes with one expired token', () => {
  it('refresh once, and all have the new token', { timeout: 120_000 }, async () => {
    const { server, issuer, refreshes } = await rotatingServer()
    const mine = tokenKey({ issuer, clientId: 'tv' })
    await store.put(mine, { ...token, expiresAt: Date.now() - 1000, refreshToken: 'rt-0' })
    const run = promisify(execFile)
    const cwd = fileURLToPath(new URL('.', import.meta.url))
    const args = ['--input-type=module', '-e', child, '--', issuer, folder]
    const outputs = await Promise.all(
      Array.from({ length: 20 }, () => run(process.execPath, args, { cwd }).then(({ stdout }) => stdout.trim())),
    )
    server.close()
    server.closeAllConnections()
    expect(refreshes).toEqual(['rt-0'])
    expect(outputs.filter((line) => line === 'refresh_token at-1')).toHaveLength(1)
    expect(outputs.filter((line) => line === 'use_token at-1')).toHaveLength(19)
    expect(await store.get(mine)).toMatchObject({ accessToken: 'at-1', refreshToken: 'rt-1' })
    expect(await readdir(folder)).toHaveLength(1)
  })
})
