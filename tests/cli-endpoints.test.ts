// The command line at servers without metadata: their endpoints are given by hand, and their revocation answers as it likes.
import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { cleanUp, finish, stateFolder } from './cli-process.ts'
import { closeServers, serve } from './serve.ts'

afterEach(() => {
  cleanUp()
  closeServers()
})

interface Scene {
  readonly origin: string
  readonly env: Readonly<Record<string, string>>
  /** The paths that were asked for. */
  readonly asked: readonly string[]
}

/** A server that answers at three paths, approves at once, and knows no path of metadata. */
async function start(revoke: (res: ServerResponse) => void): Promise<Scene> {
  const asked: string[] = []
  const origin = await serve((address) => (req, res) => {
    const { url = '' } = req
    asked.push(url)
    const send = (members: object): void => {
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(members))
    }
    if (url === '/codes')
      send({ device_code: 'd', user_code: 'ABCD', verification_uri: `${address}/device`, expires_in: 60, interval: 1 })
    else if (url === '/tokens')
      send({ access_token: `a${asked.length}`, refresh_token: 'r', token_type: 'Bearer', expires_in: 30 })
    else if (url === '/revoke') revoke(res)
    else if (url === '/me') send({ data: { user: { name: 'Ada Lovelace' } } })
    else res.writeHead(404).end()
  })
  const env = {
    DEVICE_AUTH_ISSUER: origin,
    DEVICE_AUTH_CLIENT_ID: 'tv',
    DEVICE_AUTH_STATE_FOLDER: stateFolder(),
    DEVICE_AUTH_DEVICE_AUTHORIZATION_ENDPOINT: `${origin}/codes`,
    DEVICE_AUTH_TOKEN_ENDPOINT: `${origin}/tokens`,
  }
  return { origin, env, asked }
}

it('endpoints that are given by hand: login, token with a refresh, whoami with a nested name, logout', async () => {
  const { origin, env, asked } = await start((res) => res.writeHead(200).end())
  const { DEVICE_AUTH_STATE_FOLDER, DEVICE_AUTH_ISSUER, DEVICE_AUTH_CLIENT_ID } = env
  const owner = ['--issuer', String(DEVICE_AUTH_ISSUER), '--client-id', String(DEVICE_AUTH_CLIENT_ID)]
  const endpoints = ['--device-authorization-endpoint', `${origin}/codes`, '--token-endpoint', `${origin}/tokens`]
  const login = await finish(['login', '--interactive', ...owner, ...endpoints], {
    DEVICE_AUTH_STATE_FOLDER: String(DEVICE_AUTH_STATE_FOLDER),
  })
  expect(login).toMatchObject({ code: 0, stderr: expect.stringContaining('Signed in') })
  expect(asked).toEqual(['/codes', '/tokens'])
  // the token ends within a minute, so it is refreshed
  expect((await finish(['token'], env)).stdout).toBe('a3\n')
  const whoami = await finish(['whoami', '--userinfo', `${origin}/me`], env)
  expect(whoami.stdout).toContain('Ada Lovelace at ')
  const logout = await finish(['logout', '--revocation-endpoint', `${origin}/revoke`], env)
  expect(logout).toMatchObject({ code: 0, stderr: expect.stringMatching(/^✔ Signed out of/) })
  expect(asked.filter((path) => path === '/revoke')).toHaveLength(2)
  expect(asked.filter((path) => path.includes('.well-known'))).toEqual([])
})

it('doctor looks for the metadata all the same, and checks the codes of the endpoint that is given', async () => {
  const { env, asked } = await start((res) => res.end())
  const { stdout } = await finish(['doctor'], env)
  expect(stdout).toContain('No metadata found: the endpoints are given')
  expect(stdout).toContain('The server issues a device code and a user code')
  expect(asked).toContain('/codes')
})

it('an endpoint that is not https is refused before anything is sent', async () => {
  const { env, asked } = await start((res) => res.end())
  const login = await finish(['login', '--token-endpoint', 'http://example.com/token'], env)
  expect(login).toMatchObject({ code: 2, stderr: expect.stringContaining('http://example.com/token is not an https') })
  expect(asked).toEqual([])
})

describe('logout at a revocation endpoint', () => {
  async function signedIn(revoke: (res: ServerResponse) => void): Promise<Scene['env']> {
    const { origin, env } = await start(revoke)
    expect(await finish(['login', '--interactive'], env)).toMatchObject({ code: 0 })
    return { ...env, DEVICE_AUTH_REVOCATION_ENDPOINT: `${origin}/revoke` }
  }

  it.each([200, 204])('that answers %i without a body: signed out', async (status) => {
    const env = await signedIn((res) => res.writeHead(status).end())
    expect(await finish(['logout'], env)).toMatchObject({ code: 0, stderr: expect.stringMatching(/^✔ Signed out/) })
  })

  it.each([
    ['without a body', ''],
    ['with a page', '<html>Log in</html>'],
  ])('that answers 401 %s: says why, keeps the tokens, and --local deletes them', async (_name, body) => {
    const env = await signedIn((res) => res.writeHead(401).end(body))
    const logout = await finish(['logout'], env)
    expect(logout.code).toBe(8)
    expect(logout.stderr).toContain('does not let the client tv revoke tokens')
    expect(logout.stderr).toContain('--local')
    expect((await finish(['token'], env)).code).toBe(0)
    expect(await finish(['logout', '--local'], env)).toMatchObject({ code: 0 })
  })

  it('that closes the connection: says so, and keeps the tokens', async () => {
    const env = await signedIn((res) => res.destroy())
    expect(await finish(['logout'], env)).toMatchObject({ code: 5, stderr: expect.stringContaining('still signed in') })
    expect((await finish(['token'], env)).code).toBe(0)
  })
})
