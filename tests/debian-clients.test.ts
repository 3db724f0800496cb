// Programs of Debian sign in over https, unmodified: each gets its addresses and the certificate in the way it documents.
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deviceClient } from '@device-auth/express'
import { openIdConnect } from '@device-auth/jwt'
import { json } from 'express'
import { afterEach, expect, it } from 'vitest'
import { cleanUp, finish, missing, type Running, run } from './cli-process.ts'
import { describeWith } from './missing.ts'
import { approveAfterTwoPolls, endServers, startProxy, startTls, type TlsTarget } from './tls-server.ts'

const debianPython = '/usr/bin/python3'
const has = (path: string): boolean => existsSync(path)

afterEach(() => {
  cleanUp()
  endServers()
})

/** The end of a sign-in: tokens after an approval, an error after a denial. */
const decisions = ['approved', 'denied'] as const

function decide(target: TlsTarget, userCode: string, decision: (typeof decisions)[number]): Promise<unknown> {
  return decision === 'approved' ? approveAfterTwoPolls(target, userCode) : target.deviceAuth.deny(userCode)
}

const hasMsal = has('/usr/lib/python3/dist-packages/msal')
describeWith(hasMsal ? undefined : 'MSAL for Python', "Debian's python3-msal, with compatibility: ['entra']", () => {
  // prints each result as a line of JSON
  const script = `
import json, sys, msal
def show(name, result): print(name, json.dumps(result), flush=True)
app = msal.PublicClientApplication('tv', authority=sys.argv[1], validate_authority=False)
flow = app.initiate_device_flow(['mail'])
show('codes', flow)
tokens = app.acquire_token_by_device_flow(flow)
show('tokens', tokens)
if 'refresh_token' in tokens: show('refreshed', app.acquire_token_by_refresh_token(tokens['refresh_token'], ['mail']))
`

  function start({ issuer, folder }: TlsTarget): Running {
    return run([issuer], { REQUESTS_CA_BUNDLE: join(folder, 'ca.pem') }, [debianPython, '-W', 'error', '-c', script])
  }

  async function read({ printed }: Running, name: string): Promise<Record<string, string>> {
    return JSON.parse(await printed(new RegExp(`^${name} (.*)$`, 'm')))
  }

  const startServer = (): Promise<TlsTarget> =>
    startTls((port) => `https://localhost:${port}/oauth`, {
      compatibility: ['entra'],
      clients: [deviceClient({ client_id: 'tv', scope: 'openid profile offline_access mail' })],
      openid: openIdConnect({ keys: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }),
    })

  it('shows the message, waits, is approved, refreshes', async () => {
    const target = await startServer()
    const client = start(target)
    const codes = await read(client, 'codes')
    expect(codes).toMatchObject({ message: expect.stringContaining(`${target.issuer}/device`), interval: 1 })
    await decide(target, codes.user_code ?? '', 'approved')
    const tokens = await read(client, 'tokens')
    expect(tokens).toMatchObject({ access_token: expect.any(String), token_type: 'Bearer' })
    const refreshed = await read(client, 'refreshed')
    expect(await target.deviceAuth.authenticate(refreshed.access_token ?? '')).toMatchObject({ subject: 'ada' })
    expect(refreshed.access_token).not.toBe(tokens.access_token)
  })

  it('is denied', async () => {
    const target = await startServer()
    const client = start(target)
    const codes = await read(client, 'codes')
    await decide(target, codes.user_code ?? '', 'denied')
    expect(await read(client, 'tokens')).toMatchObject({ error: 'access_denied' })
  })
})

describeWith(missing('gh'), "Debian's gh, with compatibility: ['github'] at the root of a host", () => {
  const host = 'keys.example.com'

  async function startServer(): Promise<TlsTarget> {
    const target = await startTls(() => `https://${host}`, {
      compatibility: ['github'],
      // gh has this id built in
      clients: [deviceClient({ client_id: '178c6fc778ccc68e1d6a', scope: 'repo read:org gist' })],
    })
    // gh asks for the name of the user
    target.app.post('/api/graphql', json(), async (req, res) => {
      const token = String(req.headers.authorization).replace(/^token /, '')
      const claims = await target.deviceAuth.authenticate(token)
      res.status(claims === undefined ? 401 : 200).json({ data: { viewer: { login: claims?.subject } } })
    })
    return target
  }

  async function start({ port, folder }: TlsTarget): Promise<Running> {
    return run(
      ['auth', 'login', '--hostname', host, '--web', '--git-protocol', 'https'],
      // a proxy gives the host to this port
      {
        HTTPS_PROXY: await startProxy(port),
        SSL_CERT_FILE: join(folder, 'ca.pem'),
        HOME: folder,
        GH_CONFIG_DIR: folder,
      },
      ['gh'],
    )
  }

  it('waits, is approved, and calls the API with the token', async () => {
    const target = await startServer()
    const client = await start(target)
    await decide(target, await client.printed(/one-time code: (\S+)/), 'approved')
    expect(await client.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Logged in as ada') })
    expect(target.polls.slice(-3)).toEqual([200, 200, 200])
  })

  it('is denied', async () => {
    const target = await startServer()
    const client = await start(target)
    await decide(target, await client.printed(/one-time code: (\S+)/), 'denied')
    expect(await client.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('access_denied') })
  })
})

describeWith(missing('oidc-agent', 'command -v oidc-agent oidc-gen oidc-token'), "Debian's oidc-agent", () => {
  const startServer = (): Promise<TlsTarget> =>
    startTls((port) => `https://localhost:${port}/oauth`, {
      clients: [deviceClient({ client_id: 'tv', scope: 'openid profile offline_access' })],
      openid: openIdConnect({ keys: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }),
    })

  /** Starts the agent, which keeps the tokens, and gives the environment of its commands. */
  async function startAgent({ folder }: TlsTarget): Promise<Readonly<Record<string, string>>> {
    const socket = join(folder, 'agent')
    const environment = { HOME: folder, OIDC_CONFIG_DIR: folder, OIDC_SOCK: socket, OIDC_ENCRYPTION_PW: 'a password' }
    run(['--console', `--socket-path=${socket}`], environment, ['oidc-agent'])
    while (!has(socket)) await new Promise((resolve) => setTimeout(resolve, 50))
    return environment
  }

  function signIn({ issuer, folder }: TlsTarget, environment: Readonly<Record<string, string>>): Running {
    const client = ['--client-id=tv', '--client-secret=', '--scope=openid profile offline_access', '--flow=device']
    const silent = ['--redirect-uri=http://localhost:4242', '--no-url-call', '--prompt=none', '--confirm-default']
    const server = [`--issuer=${issuer}`, `--cert-path=${join(folder, 'ca.pem')}`]
    return run(['tv', ...server, ...client, ...silent, '--pw-env'], environment, ['oidc-gen'])
  }

  const code = /enter the code: (\S+)/

  it('finds the endpoints, waits, is approved, refreshes', async () => {
    const target = await startServer()
    const environment = await startAgent(target)
    const client = signIn(target, environment)
    await decide(target, await client.printed(code), 'approved')
    expect(await client.ended).toMatchObject({ code: 0 })
    const token = await finish(['tv'], environment, '', ['oidc-token'])
    expect(await target.deviceAuth.authenticate(token.stdout.trim())).toMatchObject({ subject: 'ada' })
    const renewed = await finish(['--force-new', 'tv'], environment, '', ['oidc-token'])
    expect(renewed.stdout).not.toBe(token.stdout)
    expect(await target.deviceAuth.authenticate(renewed.stdout.trim())).toMatchObject({ subject: 'ada' })
  })

  it('is denied', async () => {
    const target = await startServer()
    const client = signIn(target, await startAgent(target))
    await decide(target, await client.printed(code), 'denied')
    const { code: exit, stderr } = await client.ended
    expect(exit).not.toBe(0)
    expect(stderr).toContain('access_denied')
  })
})

const muttScript = '/usr/share/doc/mutt/examples/mutt_oauth2.py'
describeWith(has(muttScript) ? undefined : 'mutt', "mutt's mutt_oauth2.py, with compatibility: ['entra']", () => {
  const startServer = (): Promise<TlsTarget> =>
    startTls((port) => `https://localhost:${port}/oauth`, {
      compatibility: ['entra'],
      clients: [deviceClient({ client_id: 'mutt', scope: 'mail' })],
    })

  /** The settings at the top of the script are for its users to change. */
  function configure({ issuer, folder }: TlsTarget): readonly [string, string, string] {
    const settings: readonly (readonly [RegExp, string])[] = [
      [/^ENCRYPTION_PIPE = .*$/m, "ENCRYPTION_PIPE = ['cat']"],
      [/^DECRYPTION_PIPE = .*$/m, "DECRYPTION_PIPE = ['cat']"],
      [/(?<='microsoft'[\s\S]*'devicecode_endpoint': ')[^']*/, `${issuer}/devicecode`],
      [/(?<='microsoft'[\s\S]*'token_endpoint': ')[^']*/, `${issuer}/oauth2/v2.0/token`],
      [/(?<='microsoft'[\s\S]*'scope': )\([^)]*\)/, "'mail'"],
      [/(?<='microsoft'[\s\S]*'client_id': ')(?=')/, 'mutt'],
    ]
    let script = readFileSync(muttScript, 'utf8')
    for (const [pattern, text] of settings) {
      expect(script).toMatch(pattern)
      script = script.replace(pattern, text)
    }
    const path = join(folder, 'mutt_oauth2.py')
    writeFileSync(path, script)
    return [debianPython, '-u', path]
  }

  const environment = ({ folder }: TlsTarget) => ({ SSL_CERT_FILE: join(folder, 'ca.pem') })

  function start(target: TlsTarget): Running {
    const client = run([join(target.folder, 'tokens'), '--authorize'], environment(target), configure(target))
    client.process.stdin?.end('microsoft\ndevicecode\nada@example.com\n')
    return client
  }

  it('shows the message, waits, is approved, refreshes', async () => {
    const target = await startServer()
    const client = start(target)
    await decide(target, await client.printed(/enter the code (\S+)/), 'approved')
    const { code, stdout } = await client.ended
    expect(code).toBe(0)
    const token = stdout.trim().split('\n').at(-1) ?? ''
    expect(await target.deviceAuth.authenticate(token)).toMatchObject({ subject: 'ada' })

    const path = join(target.folder, 'tokens')
    const kept = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...kept, access_token_expiration: '2020-01-01T00:00:00' }))
    const refreshed = await finish([path], environment(target), '', configure(target))
    expect(refreshed.code).toBe(0)
    expect(refreshed.stdout.trim()).not.toBe(token)
    expect(await target.deviceAuth.authenticate(refreshed.stdout.trim())).toMatchObject({ subject: 'ada' })
  })

  it('is denied', async () => {
    const target = await startServer()
    const client = start(target)
    await decide(target, await client.printed(/enter the code (\S+)/), 'denied')
    expect(await client.ended).toMatchObject({ code: 1, stdout: expect.stringContaining('user declined') })
  })
})
