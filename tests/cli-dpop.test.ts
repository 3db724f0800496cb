// The built command line with tokens that are bound to a key, against our server with nonces. Each command is a process of its own.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dpop } from '@device-auth/jwt'
import { afterEach, expect, it } from 'vitest'
import { cleanUp, clientEnvironment, codePattern, finish, run } from './cli-process.ts'
import { type OurServer, ourServer } from './cli-servers.ts'
import { closeServers } from './serve.ts'

afterEach(() => {
  cleanUp()
  closeServers()
})

/** Makes the saved access token look expired to the command. */
function expire(folder: string): void {
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.json'))) {
    const entry = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    const token = { ...entry.token, expiresAt: Date.now() - 1000 }
    writeFileSync(join(folder, name), JSON.stringify({ ...entry, token }))
  }
}

interface Scene {
  readonly server: OurServer
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly keyFiles: () => readonly string[]
}

async function scene(): Promise<Scene> {
  const server = await ourServer(1, { keyBinding: dpop({ nonces: true }) })
  const env = { ...clientEnvironment(server.issuer), DEVICE_AUTH_USERINFO: server.userinfo }
  const folder = env.DEVICE_AUTH_STATE_FOLDER
  const keyFiles = (): readonly string[] => readdirSync(folder).filter((name) => name.endsWith('.key'))
  return { server, folder, env, keyFiles }
}

it('9449-5-3 login --dpop, then token, whoami and logout in new processes use the same key', async () => {
  const { server, folder, env, keyFiles } = await scene()
  const login = run(['login', '--dpop'], env)
  await server.deviceAuth.approve(await login.printed(codePattern), { subject: 'ada' })
  expect(await login.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Hello, Ada Lovelace!') })
  expect(keyFiles().map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual([0o600])

  const first = (await finish(['token'], env)).stdout.trim()
  expire(folder)
  const sent = server.requests.length
  const json = JSON.parse((await finish(['token', '--json'], env)).stdout)
  expect(json).toMatchObject({ token_type: 'DPoP', access_token: expect.not.stringMatching(first) })
  expect(server.requests.slice(sent)).not.toContain('POST /oauth/device_authorization')

  const whoami = await finish(['whoami'], env)
  expect(whoami.stdout).toContain('Ada Lovelace (ada)')
  const headers = await finish(['token', '--proof', `GET ${server.userinfo}`], env)
  expect(headers.stdout).toMatch(new RegExp(`^Authorization: DPoP ${json.access_token}\nDPoP: [\\w.-]+\n$`))
  expect(await finish(['token', '--header'], env)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--proof'),
  })

  expect(await finish(['logout'], env)).toMatchObject({ code: 0 })
  expect(readdirSync(folder).filter((name) => /\.(?:json|key)$/.test(name))).toEqual([])
  expect(await server.deviceAuth.authenticate(json.access_token)).toBeUndefined()
})

it('login --no-wait --dpop and resume have one key; without it both say so and send nothing', async () => {
  const { server, folder, env } = await scene()
  const login = await finish(['login', '--no-wait', '--dpop', '--json'], env)
  await server.deviceAuth.approve(JSON.parse(login.stdout).user_code, { subject: 'ada' })
  expect(await finish(['resume'], env)).toMatchObject({ code: 0 })
  expect(JSON.parse((await finish(['token', '--json'], env)).stdout)).toMatchObject({ token_type: 'DPoP' })

  await finish(['login', '--no-wait', '--dpop', '--account', 'other'], env)
  const sent = server.requests.length
  for (const name of readdirSync(folder)) if (name.endsWith('.key')) rmSync(join(folder, name))
  const lost = await finish(['token'], env)
  expect(lost).toMatchObject({ code: 6, stdout: '' })
  expect(lost.stderr).toContain('its tokens are bound to a key that is no longer saved')
  expect(lost.stderr).toMatch(/device-auth login .* --dpop/)
  const resumed = await finish(['resume'], env)
  expect(resumed).toMatchObject({ code: 1, stderr: expect.stringContaining('bound to a key that is no longer saved') })
  expect(await finish(['resume'], env)).toMatchObject({ stderr: expect.stringContaining('No sign-in is pending') })
  expect(server.requests.slice(sent)).toEqual([])
})
