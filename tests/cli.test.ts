// The built command line end to end, against our server, `oidc-provider` and a hostile server.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { bin, cleanUp, clientEnvironment, codePattern, finish, type Running, run, stateFolder } from './cli-process.ts'
import { clientSecret, hostileServer, type OurServer, oidcProvider, ourServer, poison } from './cli-servers.ts'
import { startExample } from './e2e-app.ts'
import { closeServers, serve } from './serve.ts'

vi.setConfig({ testTimeout: 60_000 })
afterEach(() => {
  cleanUp()
  closeServers()
  vi.restoreAllMocks()
})

type Env = Readonly<Record<string, string>>

async function scene(
  interval = 1,
): Promise<{ readonly server: OurServer; readonly env: Env; readonly folder: string }> {
  const server = await ourServer(interval)
  const env = clientEnvironment(server.issuer)
  return { server, env, folder: env.DEVICE_AUTH_STATE_FOLDER }
}

async function approve({ deviceAuth }: OurServer, login: Running): Promise<void> {
  expect(await deviceAuth.approve(await login.printed(codePattern), { subject: 'ada' })).toBe('decided')
}

async function signedIn(): Promise<Awaited<ReturnType<typeof scene>>> {
  const made = await scene()
  const login = run(['login'], made.env)
  await approve(made.server, login)
  expect(await login.ended).toMatchObject({ code: 0, stdout: '' })
  return made
}

const events = (text: string): readonly Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

/** Characters that control a terminal, except line feeds and tabs, which the command itself prints. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is there to find control characters
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e]/

/** The files of tokens. All other files are in subfolders. */
function tokenFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
}

/** Makes the saved access tokens look expired to the command. */
function expire(folder: string): void {
  for (const file of tokenFiles(folder)) {
    const entry = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, JSON.stringify({ ...entry, token: { ...entry.token, expiresAt: Date.now() - 1000 } }))
  }
}

describe('with our server', () => {
  it('login in a pipe prints a few plain lines and nothing on stdout; then token, whoami, list, logout', async () => {
    const { server, env, folder } = await scene()
    const login = run(['login', '--userinfo', server.userinfo], env)
    await approve(server, login)
    const { code, stdout, stderr } = await login.ended
    expect([code, stdout]).toEqual([0, ''])
    const lines = stderr.replace(codePattern, 'CODE').split('\n')
    expect(lines).toEqual([
      `Open ${server.issuer}/device and enter the code`,
      '',
      'CODE',
      '',
      'Waiting for approval, 10:00 left.',
      '✔ Signed in. Hello, Ada Lovelace!',
      '',
    ])
    expect(tokenFiles(folder).map((file) => statSync(file).mode & 0o777)).toEqual([0o600])

    const token = await finish(['token'], { DEVICE_AUTH_STATE_FOLDER: folder })
    expect(token).toMatchObject({ code: 0, stderr: '' })
    expect(token.stdout).toMatch(/^[\w.-]+\n$/)
    expect(await server.deviceAuth.authenticate(token.stdout.trim())).toMatchObject({ subject: 'ada' })
    const header = await finish(['token', '--header'], env)
    expect(header.stdout).toBe(`Authorization: Bearer ${token.stdout}`)
    const json = JSON.parse((await finish(['token', '--json'], env)).stdout)
    expect(json).toMatchObject({ access_token: token.stdout.trim(), token_type: 'Bearer', scope: 'profile' })

    const whoami = await finish(['whoami', '--userinfo', server.userinfo], env)
    expect(whoami.stdout).toBe(`Ada Lovelace (ada) at ${server.issuer} (client cli, scope profile)\n`)
    // the server does not say who a user is
    expect(await finish(['whoami'], env)).toMatchObject({
      code: 0,
      stdout: `Signed in at ${server.issuer} (client cli, scope profile)\n`,
      stderr: expect.stringContaining('--userinfo'),
    })
    const nameless = JSON.parse((await finish(['whoami', '--json'], env)).stdout)
    expect(nameless).toEqual({ issuer: server.issuer, client_id: 'cli' })
    const list = await finish(['list'], env)
    expect(list.stdout).toMatch(/\tcli\tprofile\t\tvalid for (?:1:00:00|5\d:\d\d), then refreshed\n$/)
    expect(events((await finish(['list', '--json'], env)).stdout)).toMatchObject([
      { type: 'signed_in', refreshable: true },
    ])

    const logout = await finish(['logout'], env)
    expect([logout.code, logout.stderr]).toEqual([0, `✔ Signed out of ${server.issuer} (client cli, scope profile).\n`])
    expect(await server.deviceAuth.authenticate(token.stdout.trim())).toBeUndefined()
    expect(tokenFiles(folder)).toEqual([])
    const gone = await finish(['token'], env)
    expect([gone.code, gone.stdout]).toEqual([6, ''])
    expect(gone.stderr).toContain(`device-auth login --issuer ${server.issuer} --client-id cli`)
  })

  it('login --json prints NDJSON on stdout, without secrets', async () => {
    const { server, env } = await scene()
    const login = run(['login', '--json', '--verbose'], env)
    const userCode = await login.printed(/"user_code":"([^"]+)"/)
    await login.printed(/"attempt":2/)
    await server.deviceAuth.approve(userCode, { subject: 'ada' })
    const { code, stdout, stderr } = await login.ended
    expect(code).toBe(0)
    const printed = events(stdout)
    expect(printed.map(({ type }) => type)).toEqual(['code', ...printed.slice(1, -1).map(() => 'poll'), 'signed_in'])
    expect(printed[0]).toMatchObject({ verification_uri: `${server.issuer}/device`, user_code: userCode })
    expect(printed[2]).toMatchObject({ attempt: 2, interval: 1, last_error: 'authorization_pending' })
    expect(printed.at(-1)).toMatchObject({
      issuer: server.issuer,
      client_id: 'cli',
      scope: 'profile',
      refreshable: true,
    })
    const token = (await finish(['token'], env)).stdout.trim()
    expect(stdout + stderr).not.toContain(token)
    expect(stderr).toContain(`POST ${server.issuer}/token 400`)
    expect(stdout).not.toMatch(/device_code|access_token|refresh_token/)
  })

  it('login --no-wait, then resume in another process; the device code stays in a file that only its owner can read', async () => {
    const { server, env, folder } = await scene()
    const begun = await finish(['login', '--no-wait'], { ...env, CI: 'true' })
    expect(begun.code).toBe(0)
    const id = begun.stdout.trim()
    const file = join(folder, 'pending', `${id}.json`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const { deviceCode, userCode } = JSON.parse(readFileSync(file, 'utf8')).flow.session
    expect(begun.stdout + begun.stderr).not.toContain(deviceCode)
    expect(begun.stderr).toContain(userCode)
    expect((await finish(['list'], env)).stdout).toContain(`waiting for approval of ${userCode}`)

    const paused = run(['resume', id], env)
    await paused.printed(/Waiting/)
    paused.process.kill('SIGINT')
    expect((await paused.ended).code).toBe(130)
    const [one, other] = [run(['resume'], env), run(['resume', id, '--json'], env)]
    await server.deviceAuth.approve(userCode, { subject: 'ada' })
    // they take turns: one signs in, the other finds that the sign-in has ended
    expect([(await one.ended).code, (await other.ended).code].sort()).toEqual([0, 2])
    expect(readdirSync(join(folder, 'pending'))).toEqual([])
    expect((await finish(['token'], env)).code).toBe(0)

    const printed = [
      await finish(['login', '--no-wait', '--json'], env),
      await finish(['login', '--no-wait', '--json'], env),
    ]
    const ids = printed.flatMap(({ stdout }) => events(stdout)).map(({ resume }) => resume)
    const which = await finish(['resume'], env)
    expect(which.code).toBe(2)
    for (const one of ids) expect(which.stderr).toContain(one)
  })

  it('ten token commands at once with an expired token: one refresh, one token', async () => {
    const { server, env, folder } = await signedIn()
    expire(folder)
    let refreshes = 0
    server.deviceAuth.on('refreshed', () => refreshes++)
    const runs = await Promise.all(Array.from({ length: 10 }, () => finish(['token'], env)))
    expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual(Array(10).fill([0, '']))
    expect(new Set(runs.map(({ stdout }) => stdout)).size).toBe(1)
    expect(refreshes).toBe(1)
    expect(await server.deviceAuth.authenticate(runs[0]!.stdout.trim())).toMatchObject({ subject: 'ada' })
  })

  it('a refresh that the server refuses ends with 6 and the command to sign in again', async () => {
    const { server, env, folder } = await signedIn()
    await server.deviceAuth.devices.revokeAll('ada')
    expire(folder)
    const token = await finish(['token', '--json'], env)
    expect(token.code).toBe(6)
    expect(events(token.stdout)).toMatchObject([{ type: 'failed', error: 'not_signed_in', exit_code: 6 }])
  })

  it('a denial, an expired code and the time limit each have their exit code', async () => {
    const { server, env } = await scene()
    const denied = run(['login'], env)
    await server.deviceAuth.deny(await denied.printed(codePattern))
    expect(await denied.ended).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('✘ The request was denied.'),
    })
    const late = run(['login', '--json'], env)
    await late.printed(/user_code/)
    server.advance(601)
    const { code, stdout } = await late.ended
    expect(code).toBe(4)
    expect(events(stdout).at(-1)).toMatchObject({ type: 'failed', error: 'expired_token', exit_code: 4 })
    const limited = await finish(['login', '--time-limit', '1.5'], env)
    expect(limited).toMatchObject({ code: 4, stderr: expect.stringContaining('within the time limit') })
  })

  it('Ctrl-C and SIGTERM end the command at once and revoke the code', async () => {
    const { server, env } = await scene()
    const times: number[] = []
    for (const [signal, expected] of [
      ['SIGINT', 130],
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const login = run(['login'], env)
      const userCode = await login.printed(codePattern)
      await login.printed(/Waiting/)
      const at = performance.now()
      login.process.kill(signal)
      const { code, stderr } = await login.ended
      times.push(performance.now() - at)
      expect(code).toBe(expected)
      expect(stderr).toContain('✘ Stopped.')
      // the request was sent, even if its answer did not come in time
      await vi.waitFor(async () => expect(await server.deviceAuth.find(userCode)).toBeUndefined())
    }
    // the command itself takes 50 ms; the end of a process takes longer on a busy machine
    expect(Math.min(...times)).toBeLessThan(3000)
  })

  it('a server that does not answer does not delay Ctrl-C', async () => {
    const { server, env } = await scene()
    const login = run(['login'], env)
    await login.printed(/Waiting/)
    closeServers()
    const at = performance.now()
    login.process.kill('SIGINT')
    expect(await login.ended).toMatchObject({ code: 130 })
    // a request may take 10 seconds
    expect(performance.now() - at).toBeLessThan(3000)
    expect(server.requests).toContain('POST /oauth/device_authorization')
  })

  it('where nobody can approve, it ends with 7 instead of waiting', async () => {
    const { server, env } = await scene()
    const refused = await finish(['login'], { ...env, CI: 'true' })
    expect(refused).toMatchObject({ code: 7, stderr: expect.stringContaining('CI is set') })
    expect((await finish(['login', '--json'], { ...env, SLURM_JOB_ID: '7' })).code).toBe(7)
    expect(server.requests).toEqual([])
    const login = run(['login', '--interactive'], { ...env, CI: 'true' })
    await approve(server, login)
    expect((await login.ended).code).toBe(0)
  })

  it('where nobody reads the code, it ends with 7 at once; --interactive waits', async () => {
    const { server, env } = await scene()
    const silent = await finish(
      ['-c', `exec '${process.execPath}' '${bin}' login >/dev/null 2>/dev/null </dev/null`],
      env,
      '',
      ['sh'],
    )
    expect([silent.code, server.requests]).toEqual([7, []])
    const log = join(stateFolder(), 'log')
    const logged = await finish(['-c', `exec '${process.execPath}' '${bin}' login 2>'${log}'`], env, '', ['sh'])
    expect([logged.code, server.requests]).toEqual([7, []])
    expect(readFileSync(log, 'utf8')).toContain('Nobody can approve a sign-in here: there is no terminal.')
    const waiting = run(['-c', `exec '${process.execPath}' '${bin}' login --interactive 2>'${log}'`], env, ['sh'])
    await vi.waitFor(() => expect(readFileSync(log, 'utf8')).toMatch(codePattern), { timeout: 10_000 })
    const [, userCode = ''] = codePattern.exec(readFileSync(log, 'utf8')) ?? []
    expect(await server.deviceAuth.approve(userCode, { subject: 'ada' })).toBe('decided')
    expect((await waiting.ended).code).toBe(0)
  })

  it('a folder that cannot be written is found before anybody is asked to approve', async () => {
    const { server, env, folder } = await scene()
    const file = join(folder, 'file')
    writeFileSync(file, '')
    for (const args of [['login'], ['login', '--no-wait'], ['login', '--json']]) {
      const { code, stdout, stderr } = await finish(args, { ...env, DEVICE_AUTH_STATE_FOLDER: join(file, 'state') })
      expect(code, args.join(' ')).toBe(1)
      expect(stdout + stderr, args.join(' ')).toContain('a part of that path is a file')
      expect(stdout + stderr).toContain('--state-folder')
    }
    expect(server.requests).toEqual([])
  })

  it('tokens that cannot be saved after the approval are revoked, and the command says so', async () => {
    const { server, env, folder } = await scene()
    const login = run(['login'], env)
    const userCode = await login.printed(codePattern)
    await login.printed(/Waiting/)
    rmSync(folder, { recursive: true })
    writeFileSync(folder, '')
    const revoked: unknown[] = []
    server.deviceAuth.on('revoked', (event) => revoked.push(event))
    await server.deviceAuth.approve(userCode, { subject: 'ada' })
    const { code, stderr } = await login.ended
    expect(code).toBe(1)
    expect(stderr).toContain(`The sign-in was approved, but the tokens cannot be saved in ${folder}`)
    expect(stderr).toContain('They were revoked')
    expect(revoked).toHaveLength(1)
    expect(await server.deviceAuth.devices.list('ada')).toEqual([])
  })

  it('a client secret comes from the environment, from stdin, or with a warning from the command line', async () => {
    const { server, env } = await scene()
    const kiosk = { ...env, DEVICE_AUTH_CLIENT_ID: 'kiosk' }
    expect((await finish(['login'], kiosk)).code).toBe(8)
    const login = run(['login', '--client-secret-stdin'], kiosk)
    login.process.stdin?.end(`${clientSecret}\n`)
    await approve(server, login)
    expect((await login.ended).code).toBe(0)
    const warned = run(['login', '--client-secret', clientSecret], kiosk)
    await approve(server, warned)
    const { code, stderr } = await warned.ended
    expect([code, stderr.split('\n')[0]]).toEqual([0, expect.stringContaining('Other users of this machine')])
    expect(stderr).not.toContain(clientSecret)
    const logout = await finish(['logout'], { ...kiosk, DEVICE_AUTH_CLIENT_SECRET: clientSecret })
    expect(logout.code).toBe(0)
  })

  it('logout keeps the tokens while the server is away; --local deletes them and says that copies stay valid', async () => {
    const { env, folder } = await signedIn()
    closeServers()
    const failed = await finish(['logout'], env)
    expect([failed.code, tokenFiles(folder).length]).toEqual([5, 1])
    expect(failed.stderr).toContain('You are still signed in.')
    const local = await finish(['logout', '--local', '--json'], env)
    expect([local.code, tokenFiles(folder).length]).toEqual([0, 0])
    expect(local.stderr).toContain('stay valid until they expire')
    expect(events(local.stdout)).toMatchObject([{ type: 'signed_out', revoked: false }])
  })

  it.runIf(existsSync('/dev/full'))(
    'a token that cannot be written, as to a full disk, is a failure and not an empty one',
    async () => {
      const { env } = await signedIn()
      for (const command of ['token', 'list --json']) {
        const script = `exec '${process.execPath}' '${bin}' ${command} >/dev/full`
        const { code, stderr } = await finish(['-c', script], env, '', ['sh'])
        expect([code, stderr]).toEqual([1, 'The output cannot be written: the disk is full.\n'])
      }
      const early = await finish(['-c', `'${process.execPath}' '${bin}' list | :`], env, '', ['sh'])
      expect(early).toMatchObject({ code: 0, stderr: '' })
    },
  )

  it.each([
    ['messages', 'stderr', ['login'], codePattern],
    ['events', 'stdout', ['login', '--json'], /"user_code":"([^"]+)"/],
  ] as const)('the reader of the %s goes away: the sign-in goes on', async (_name, stream, args, pattern) => {
    const { server, env, folder } = await scene()
    const login = run(args, env)
    const userCode = await login.printed(pattern)
    login.process[stream]?.destroy()
    expect(await server.deviceAuth.approve(userCode, { subject: 'ada' })).toBe('decided')
    expect((await login.ended).code).toBe(0)
    expect(tokenFiles(folder)).toHaveLength(1)
  })

  it('Ctrl-C while the server is asked who signed in: the sign-in is saved and told', async () => {
    const { server, env, folder } = await scene()
    let isAsked = false
    const silent = await serve(() => () => {
      isAsked = true
    })
    const login = run(['login', '--userinfo', silent], env)
    await approve(server, login)
    await vi.waitFor(() => expect(isAsked).toBe(true), { timeout: 10_000 })
    login.process.kill('SIGINT')
    expect(await login.ended).toMatchObject({ stderr: expect.stringContaining('Signed in.') })
    expect(tokenFiles(folder)).toHaveLength(1)
  })

  it('a lost connection is reported once, and the sign-in goes on', async () => {
    const example = await startExample()
    const env = { DEVICE_AUTH_STATE_FOLDER: stateFolder() }
    const login = run(['login', '--issuer', `${example.origin}/oauth`, '--client-id', 'terminal'], env)
    const userCode = await login.printed(codePattern)
    await login.printed(/Waiting/)
    await example.outage()
    await login.printed(/No connection, trying again\./)
    await example.deviceAuth.approve(userCode, { subject: 'ada' })
    example.resume()
    const { code, stderr } = await login.ended
    expect([code, stderr.match(/No connection/g)?.length]).toEqual([0, 1])
    example.close()
  })

  it('doctor reports what is right, and that the issuer is not https', async () => {
    const { server, env } = await scene(5)
    const { code, stdout, stderr } = await finish(['doctor'], env)
    expect([code, stderr]).toEqual([0, 'no problems, 1 warning.\n'])
    expect(stdout).toContain('ok       A second poll right after the first gets slow_down (RFC 8628 section 3.5)\n')
    expect(stdout).toMatch(/^ok {7}Metadata found at http:.+\/oauth\/\.well-known\/openid-configuration/m)
    expect(server.requests.at(-1)).toBe('POST /oauth/revoke')
    const unknown = await finish(['doctor', '--client-id', 'nobody', '--json'], env)
    expect(unknown.code).toBe(9)
    expect(events(unknown.stdout).filter(({ level }) => level === 'problem')).toMatchObject([
      { text: /invalid_client/ },
    ])
  })
})

it('metadata of another issuer: both addresses are named, by login and by doctor', async () => {
  const { issuer } = await ourServer(1)
  const local = issuer.replace('127.0.0.1', 'localhost')
  for (const args of [['login', '--client-id', 'cli'], ['doctor']]) {
    const { code, stdout, stderr } = await finish([...args, '--issuer', local, '--state-folder', stateFolder()])
    expect(code, args[0]).not.toBe(0)
    expect(stdout + stderr, args[0]).toContain(issuer)
    expect(stdout + stderr, args[0]).toContain(local)
  }
})

it('no server at the address: reported at once, with exit code 5', async () => {
  const nobody = await finish(['login', '--issuer', 'http://127.0.0.1:9', '--client-id', 'cli'])
  expect([nobody.code, nobody.stderr.split('\n')[0]]).toEqual([
    5,
    '✘ Cannot reach an authorization server at http://127.0.0.1:9. Check the address and your connection.',
  ])
  expect((await finish(['doctor', '--issuer', 'http://127.0.0.1:9'])).code).toBe(5)
})

describe('with oidc-provider', () => {
  it('doctor, login with an id_token, whoami, refresh, logout', async () => {
    for (const method of ['info', 'warn'] as const) vi.spyOn(console, method).mockReturnValue(undefined)
    const { issuer, approve: approveThere } = await oidcProvider()
    const folder = stateFolder()
    const env = { DEVICE_AUTH_ISSUER: issuer, DEVICE_AUTH_CLIENT_ID: 'cli', DEVICE_AUTH_STATE_FOLDER: folder }
    const doctor = await finish(['doctor'], env)
    expect(doctor.code).toBe(0)
    expect(doctor.stdout).toContain('ok       interval is missing: the default of 5 seconds applies')
    expect(doctor.stdout).toMatch(/^warning {2}A second poll right after the first gets authorization_pending/m)

    const login = run(['login', '--scope', 'openid offline_access'], env)
    await approveThere(await login.printed(codePattern))
    expect(await login.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Hello, ada!') })
    const first = await finish(['token'], env)
    expire(folder)
    const second = await finish(['token'], env)
    expect([second.code, second.stdout === first.stdout]).toEqual([0, false])
    const whoami = JSON.parse((await finish(['whoami', '--json'], env)).stdout)
    expect(whoami).toMatchObject({ source: 'userinfo', claims: { sub: 'ada' } })
    expect((await finish(['logout'], env)).code).toBe(0)
  })
})

describe('with a hostile server', () => {
  const texts = async (args: readonly string[], env: Env): Promise<string> => {
    const { stdout, stderr } = await finish(args, env)
    return stdout + stderr
  }

  it('no control character reaches the terminal, neither as text nor as JSON', async () => {
    const refusing = await hostileServer({ error: 'access_denied', error_description: poison })
    const rejecting = await hostileServer({ error: `odd${poison}`, error_description: `Go ${poison} away` })
    const granting = await hostileServer({
      access_token: 'good',
      token_type: 'Bearer',
      scope: poison,
      expires_in: 3600,
    })
    for (const issuer of [refusing, rejecting, granting]) {
      const folder = stateFolder()
      const env = { DEVICE_AUTH_ISSUER: issuer, DEVICE_AUTH_CLIENT_ID: 'cli', DEVICE_AUTH_STATE_FOLDER: folder }
      for (const args of [
        ['login'],
        ['login', '--json'],
        ['login', '--verbose', '--no-wait'],
        ['list'],
        ['list', '--json'],
      ]) {
        const text = await texts(args, env)
        expect(text.length).toBeGreaterThan(20)
        expect(text, args.join(' ')).not.toMatch(controls)
      }
      for (const args of [['whoami'], ['whoami', '--json'], ['logout'], ['doctor'], ['doctor', '--json']])
        expect(await texts(args, env), args.join(' ')).not.toMatch(controls)
    }
  })

  it('an access token with characters that are not allowed in a header is not printed', async () => {
    const issuer = await hostileServer({ access_token: `a${poison}`, token_type: 'Bearer', expires_in: 3600 })
    const env = { DEVICE_AUTH_ISSUER: issuer, DEVICE_AUTH_CLIENT_ID: 'cli', DEVICE_AUTH_STATE_FOLDER: stateFolder() }
    await finish(['login'], env)
    expect(await finish(['token'], env)).toMatchObject({ code: 1, stdout: '' })
  })

  it('a token type with such characters does not get into a header', async () => {
    for (const tokenType of [poison, 'Bearer\r\nX-Admin: 1', 'Bearer x']) {
      const issuer = await hostileServer({ access_token: 'good', token_type: tokenType, expires_in: 3600 })
      const env = { DEVICE_AUTH_ISSUER: issuer, DEVICE_AUTH_CLIENT_ID: 'cli', DEVICE_AUTH_STATE_FOLDER: stateFolder() }
      expect((await finish(['login'], env)).code).toBe(0)
      expect(await finish(['token', '--header'], env)).toMatchObject({ code: 1, stdout: '' })
      expect(await finish(['token'], env)).toMatchObject({ code: 0, stdout: 'good\n' })
      expect(await texts(['token', '--json'], env)).not.toMatch(controls)
    }
  })
})
