// The built client in Deno and Bun, imported as an application does, with our server.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createDeviceAuth, type DeviceAuth, deviceClient } from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInRuntime, type RuntimeName, runtimes } from './runtimes.ts'

/** The code that runs in Deno and Bun: it signs in twice, once with a scripted server, and prints the results. */
const program = `
import { authenticate, DeviceFlow } from '@device-auth/client'
import { createDpopProver } from '@device-auth/client/dpop'
import { FileTokenStore } from '@device-auth/client/node'
import { FakeClock, faults, listen, ScriptedServer, work } from '@device-auth/client/testing'

const [issuer, folder] = process.argv.slice(2)
const options = {
  clientId: 'tv',
  scope: 'profile',
  interactive: true,
  dangerouslyAllowHttp: true,
  store: new FileTokenStore({ folder }),
  dpop: await createDpopProver(),
  onUserCode: ({ userCode }) => fetch(new URL('/approve/' + userCode, issuer)),
}
const first = await authenticate(issuer, options)
const second = await authenticate(issuer, options)

const clock = new FakeClock()
const server = new ScriptedServer({ clock, approvesAfter: 6, polls: [faults.hang, work] })
const flow = new DeviceFlow({ issuer: server.issuer, clientId: 'tv', clock, fetch: server.fetch })
const scripted = await clock.until(flow.run())
flow.close()

const cut = await listen(new ScriptedServer({ codes: [faults['body breaks off'], work] }))
const lossy = new DeviceFlow({ issuer: cut.issuer, clientId: 'tv', dangerouslyAllowHttp: true })
const { userCode } = await lossy.getDeviceCode()
await cut.close()

const { strategy, tokenType } = first
console.log(JSON.stringify({ ok: first.ok, strategy, tokenType, again: second.strategy, scripted: scripted.ok, userCode }))
`

const folder = fileURLToPath(new URL('.generated/runtime-programs', import.meta.url))
let server: Server
let issuer = ''
let files = ''
beforeAll(async () => {
  server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  issuer = `${origin}/oauth`
  const clients = [deviceClient({ client_id: 'tv', scope: 'profile' })]
  const deviceAuth: DeviceAuth = createDeviceAuth({ issuer, interval: 1, clients, scopes: { profile: 'Name' } })
  const approve = toNodeHandler(
    deviceAuth,
    async (req, res) => {
      const [, action, userCode = ''] = (req.url ?? '').split('/')
      if (action === 'approve') await deviceAuth.approve(userCode, { subject: 'ada' })
      res.end()
    },
    { prefix: '/oauth' },
  )
  server.on('request', approve)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'sign-in.mjs'), program)
  files = await mkdtemp(join(tmpdir(), 'device-auth-runtimes-'))
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(files, { recursive: true, force: true })
})

for (const name of Object.keys(runtimes) as RuntimeName[]) {
  describeInRuntime(name, () => {
    it('signs in, stores the token in a file and uses it again, and can import the testing entry', async () => {
      const { path, options } = runtimes[name]
      const args = [...options, join(folder, 'sign-in.mjs'), issuer, join(files, name)]
      const { stdout } = await promisify(execFile)(path, args, { cwd: folder })
      expect(JSON.parse(stdout)).toEqual({
        ok: true,
        strategy: 'interactive_auth',
        tokenType: 'Bearer',
        again: 'use_token',
        scripted: true,
        userCode: 'BCDF-GHJK',
      })
    }, 60_000)
  })
}
