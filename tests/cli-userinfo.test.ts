// The command line says who is signed in at our own server with OpenID Connect, which needs no option for it.
import { generateKeyPairSync } from 'node:crypto'
import { createDeviceAuth, type DeviceAuth, deviceAuthRouter, deviceClient, metadataRouter } from '@device-auth/express'
import { openIdConnect } from '@device-auth/jwt'
import express, { type Request } from 'express'
import { afterEach, expect, it } from 'vitest'
import { cleanUp, finish, run, stateFolder } from './cli-process.ts'
import { closeServers, serve } from './serve.ts'

afterEach(() => {
  cleanUp()
  closeServers()
})

it('whoami shows the claims of /userinfo of @device-auth/jwt, and only of a token with the scope openid; on a bad network too', async () => {
  let deviceAuth: DeviceAuth<Request> | undefined
  const requests: string[] = []
  /** The number of requests that a proxy answers in place of the server. */
  let faults = 0
  const origin = await serve((address) => {
    deviceAuth = createDeviceAuth<Request>({
      issuer: `${address}/oauth`,
      interval: 1,
      clients: [deviceClient({ client_id: 'cli', scope: 'openid profile' })],
      openid: openIdConnect({
        keys: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
        claims: () => ({ name: 'Ada Lovelace' }),
      }),
    })
    const app = express()
    app.use((req, res, next) => {
      requests.push(req.path)
      if (faults === 0) return next()
      faults--
      res.status(502).send('<h1>Bad Gateway</h1>')
    })
    app.use('/oauth', deviceAuthRouter(deviceAuth))
    return app.use(metadataRouter(deviceAuth))
  })
  const issuer = `${origin}/oauth`
  const signIn = async (scope: string): Promise<Record<string, string>> => {
    const folder = stateFolder()
    const login = run(['login', '--issuer', issuer, '--client-id', 'cli', '--scope', scope], {
      DEVICE_AUTH_STATE_FOLDER: folder,
    })
    await deviceAuth?.approve(await login.printed(/^ {6}([B-Z]{4}-[B-Z]{4})$/m), { subject: 'ada' })
    expect(await login.ended).toMatchObject({ code: 0 })
    return { DEVICE_AUTH_STATE_FOLDER: folder }
  }

  const env = await signIn('openid profile')
  const whoami = await finish(['whoami'], env)
  expect(whoami).toMatchObject({ code: 0, stderr: '' })
  expect(whoami.stdout).toBe(`Ada Lovelace (ada) at ${issuer} (client cli, scope openid profile)\n`)
  const json = JSON.parse((await finish(['whoami', '--json'], env)).stdout)
  expect(json).toMatchObject({ source: 'userinfo', claims: { sub: 'ada', name: 'Ada Lovelace' } })
  expect(requests.filter((path) => path === '/oauth/userinfo').length).toBeGreaterThanOrEqual(2)

  const nameless = await signIn('profile')
  faults = 1
  const without = await finish(['whoami'], nameless)
  expect(without).toMatchObject({ code: 0, stderr: expect.stringContaining('does not say who you are') })
  faults = 1
  expect(await finish(['logout'], env)).toMatchObject({ code: 0, stderr: expect.stringContaining('Signed out') })
  closeServers()
  const unreachable = await finish(['whoami'], nameless)
  expect(unreachable).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('Cannot reach') })
})
