// The built command line exchanges its token for a narrower one, against our server. Each command is a process of its own.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deviceClient, TOKEN_EXCHANGE_GRANT_TYPE } from '@device-auth/express'
import { dpop } from '@device-auth/jwt'
import { afterEach, expect, it } from 'vitest'
import { cleanUp, clientEnvironment, codePattern, finish, run } from './cli-process.ts'
import { ourServer } from './cli-servers.ts'
import { closeServers } from './serve.ts'

afterEach(() => {
  cleanUp()
  closeServers()
})

const client = deviceClient({ client_id: 'cli', scope: 'profile email' })

type Options = Parameters<typeof ourServer>[1]

/** A terminal that is signed in with the scopes `profile email`. */
async function signedIn(options: Options, ...login: readonly string[]) {
  const server = await ourServer(1, { clients: [client], scopes: { profile: '', email: '' }, ...options })
  const env = clientEnvironment(server.issuer, 'profile email')
  const running = run(['login', ...login], env)
  await server.deviceAuth.approve(await running.printed(codePattern), { subject: 'ada' })
  expect(await running.ended).toMatchObject({ code: 0 })
  const saved = (): readonly string[] =>
    readdirSync(env.DEVICE_AUTH_STATE_FOLDER)
      .filter((name) => /\.(?:json|key)$/.test(name))
      .map((name) => readFileSync(join(env.DEVICE_AUTH_STATE_FOLDER, name), 'utf8'))
  return { server, env, saved }
}

const exchanging: Options = {
  clients: [{ ...client, grant_types: [...(client.grant_types ?? []), TOKEN_EXCHANGE_GRANT_TYPE] }],
  tokenExchange: { expiresIn: 120 },
}

it('8693-2.1-1 token --narrow prints a token with only these scopes, and the saved tokens stay', async () => {
  const { server, env, saved } = await signedIn(exchanging)
  const before = saved()
  const own = (await finish(['token'], env)).stdout.trim()
  const narrow = await finish(['token', '--narrow', 'email'], env)
  expect(narrow).toMatchObject({ code: 0, stderr: '' })
  const claims = await server.deviceAuth.authenticate(narrow.stdout.trim())
  expect(claims).toMatchObject({ scope: 'email', subject: 'ada', clientId: 'cli' })
  const json = JSON.parse((await finish(['token', '--narrow', 'email', '--json'], env)).stdout)
  expect(json).toMatchObject({ token_type: 'Bearer', scope: 'email' })
  expect(Date.parse(json.expires_at) - Date.now()).toBeLessThanOrEqual(121_000)

  const wrong = await finish(['token', '--narrow', 'admin'], env)
  expect(wrong).toMatchObject({ code: 8, stdout: '' })
  expect(wrong.stderr).toContain('The token of the sign-in cannot be narrowed to these scopes.')
  expect(wrong.stderr).toContain('the token has the scopes profile email.')
  const elsewhere = await finish(['token', '--resource', 'https://other.example/'], env)
  expect(elsewhere).toMatchObject({ code: 8, stdout: '', stderr: expect.stringContaining('resource or audience') })
  expect(saved()).toEqual(before)
  expect((await finish(['token'], env)).stdout.trim()).toBe(own)
})

it('9449-5-1 the narrower token of login --dpop has the same key', async () => {
  const { server, env, saved } = await signedIn({ ...exchanging, keyBinding: dpop({ nonces: true }) }, '--dpop')
  const before = saved()
  const { stdout } = await finish(['token', '--narrow', 'profile', '--proof', `GET ${server.userinfo}`], env)
  const headers = Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(': ')),
  )
  expect(headers.Authorization).toMatch(/^DPoP /)
  expect(saved()).toEqual(before)
  const answer = await fetch(server.userinfo, { headers })
  expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ sub: 'ada' })])
  const without = await fetch(server.userinfo, { headers: { Authorization: String(headers.Authorization) } })
  expect(without.status).toBe(401)
  expect(await finish(['token', '--narrow', 'profile', '--header'], env)).toMatchObject({ code: 2 })
})

it('a server without token exchange, or that does not allow it, is named, and no token is printed', async () => {
  const { env, server, saved } = await signedIn({})
  const before = saved()
  const result = await finish(['token', '--narrow', 'email'], env)
  expect(result).toMatchObject({ code: 8, stdout: '' })
  expect(result.stderr).toMatch(/does not support token exchange|may not exchange tokens/)
  expect(saved()).toEqual(before)
  expect(server.requests.filter((request) => request === 'POST /oauth/token').length).toBeGreaterThan(1)
})
