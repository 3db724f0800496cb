// The built server in Deno and Bun: a device signs in over HTTP, and SQLite meets the store contract.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInRuntime, type RuntimeName, runtimes } from './runtimes.ts'

/** A server as the documents have it, with each runtime's own way to listen and to tell the address of a client. */
const serverSource = `
import { DatabaseSync } from 'node:sqlite'
import { createDeviceAuth, deviceClient } from '@device-auth/core'
import { requireToken, toFetchHandler } from '@device-auth/core/fetch'
import { scriptedUser, storeContract } from '@device-auth/core/testing'
import { sqliteStore } from '@device-auth/stores/sqlite'

const folder = process.argv[2]
const isDeno = 'Deno' in globalThis
let databases = 0
const makeStore = () => sqliteStore(new DatabaseSync(folder + '/' + databases++ + '.db'))

let answer
const listen = { port: 0, hostname: '127.0.0.1', onListen() {} }
const fetchAnswer = (request, from) => answer(request, from)
const port = isDeno ? Deno.serve(listen, fetchAnswer).addr.port : Bun.serve({ ...listen, fetch: fetchAnswer }).port
const origin = 'http://127.0.0.1:' + port

const deviceAuth = createDeviceAuth({
  issuer: origin + '/oauth',
  clients: [deviceClient({ client_id: 'tv', scope: 'profile' })],
  scopes: { profile: 'See your name' },
  store: makeStore(),
  secret: 'KoMq5cXzYt0VhJw2R8sLbN4uEaGd7PfTi',
  pages: { approvalDelay: 0 },
})
const handle = toFetchHandler(deviceAuth, {
  prefix: '/oauth',
  ip: (request, from) => (isDeno ? from.remoteAddr.hostname : from.requestIP(request)?.address),
})
const check = requireToken(deviceAuth, { scope: 'profile' })
answer = async (request, from) => {
  if (new URL(request.url).pathname !== '/me') return handle(request, from)
  const found = await check(request)
  return 'response' in found ? found.response : Response.json(found.claims.subject)
}
`

/** A device that polls and waits, its user, and a resource: prints what each step answered. */
const deviceSource = `
const post = async (path, form, headers = {}) => {
  const response = await fetch(origin + '/oauth' + path, { method: 'POST', body: new URLSearchParams({ client_id: 'tv', ...form }), headers })
  return { status: response.status, waited: response.headers.get('preference-applied'), ...JSON.parse((await response.text()) || '{}') }
}
const me = async (token) => {
  const response = await fetch(origin + '/me', { headers: { authorization: 'Bearer ' + token } })
  return response.ok ? response.json() : response.headers.get('www-authenticate')
}
let ip
deviceAuth.on('requested', (event) => { ip = event.ip })

const codes = await post('/device_authorization', { scope: 'profile' })
const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
const poll = post('/token', { grant_type, device_code: codes.device_code }, { prefer: 'wait=25' })
await scriptedUser(deviceAuth, { id: 'ada' }).approve(codes.user_code)
const token = await poll
const subject = await me(token.access_token)
const refreshed = await post('/token', { grant_type: 'refresh_token', refresh_token: token.refresh_token })
const again = await me(refreshed.access_token)
const revoked = await post('/revoke', { token: refreshed.refresh_token })
const refused = await me(refreshed.access_token)
const large = await post('/token', { grant_type: 'x'.repeat(20000) })

const failures = []
for (const { name, run } of storeContract(makeStore, { seeds: [1] })) {
  try {
    await run()
  } catch (error) {
    failures.push(name + ': ' + error)
  }
}
console.log(JSON.stringify({ ip, subject, again, revoked: revoked.status, refused, large: large.status, failures }))
process.exit()
`

const folder = fileURLToPath(new URL('.generated/runtime-programs', import.meta.url))
let files = ''
beforeAll(async () => {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'server.mjs'), serverSource + deviceSource)
  files = await mkdtemp(join(tmpdir(), 'device-auth-runtimes-'))
})
afterAll(() => rm(files, { recursive: true, force: true }))

for (const name of Object.keys(runtimes) as RuntimeName[]) {
  describeInRuntime(name, () => {
    it('signs a device in whose poll waits, and keeps the store contract on node:sqlite', async () => {
      const { path, options } = runtimes[name]
      const own = join(files, name)
      await mkdir(own)
      const { stdout } = await promisify(execFile)(path, [...options, join(folder, 'server.mjs'), own], { cwd: folder })
      expect(JSON.parse(stdout)).toEqual({
        ip: '127.0.0.1',
        subject: 'ada',
        again: 'ada',
        revoked: 200,
        refused: expect.stringContaining('error="invalid_token"'),
        large: 413,
        failures: [],
      })
    }, 180_000)
  })
}
