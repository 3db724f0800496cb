// The conformance suite over servers of others, without their help: each finding is one that a reader of the RFC would sign.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ConformanceReport, type ConformanceTarget, runConformance } from '@device-auth/conformance'
import { afterEach, describe, expect, it } from 'vitest'
import { describeWith } from './missing.ts'
import { closeServers, serve } from './serve.ts'
import { createBareServer } from './strangers/bare-server.ts'
import { createBetterAuth } from './strangers/better-auth.ts'

const scope = 'profile email'
const clients = { public: { client_id: 'tv', scope }, otherPublic: { client_id: 'tv2', scope } }

let python: ChildProcess | undefined
afterEach(() => {
  closeServers()
  python?.kill()
  python = undefined
})

/** The failed cases, as `id title`, in their order. */
function findings({ results }: ConformanceReport): readonly string[] {
  return results.filter(({ status }) => status === 'failed').map(({ id, title }) => `${id} ${title}`)
}

describe('a bare server that is right', () => {
  async function start(now: () => number) {
    let decide: ReturnType<typeof createBareServer>['decide'] = () => {}
    const issuer = await serve((origin) => {
      const bare = createBareServer(origin, now)
      decide = bare.decide
      return bare.listener
    })
    const target: ConformanceTarget = {
      issuer,
      endpoints: { deviceAuthorization: `${issuer}/device_authorization`, token: `${issuer}/token` },
      clients,
      approve: async (userCode) => decide(userCode, 'approved'),
      deny: async (userCode) => decide(userCode, 'denied'),
    }
    return target
  }

  it('has only the finding that it publishes no metadata', async () => {
    let now = 0
    const add = (seconds: number): void => {
      now += seconds
    }
    const target = await start(() => now)
    const report = await runConformance({ ...target, advance: async (seconds) => add(seconds) })
    // RFC 9700 section 2.6 recommends it
    expect(findings(report)).toEqual(['9700-2.6-1 metadata is published'])
    expect(report.passed).toBeGreaterThan(140)
    for (const { status, message } of report.results) if (status === 'skipped') expect(message).toMatch(/^needs /)
  }, 60_000)
})

describe('better-auth', () => {
  const expected: Readonly<Record<string, string>> = {
    '8628-3.1-3 an unknown client_id gets invalid_client':
      'any client_id gets codes: RFC 6749 section 5.2, invalid_client',
    '8628-3.5-1 after the approval a poll is answered with tokens':
      'the token endpoint reads only JSON, not the form of RFC 6749 section 4.1.3',
    '8628-3.5-2 the first poll, even at once, is answered with authorization_pending': 'likewise',
    '9700-2.6-1 metadata is published': 'there is none',
    'F-60 TRACE at the endpoints for clients has no effect': 'it answers TRACE with 500',
  }

  it('has these findings; the cases that its token endpoint makes impossible are skipped', async () => {
    let auth: ReturnType<typeof createBetterAuth> | undefined
    const issuer = await serve((origin) => {
      auth = createBetterAuth(origin)
      return auth.listener
    })
    await auth?.signUp()
    const report = await runConformance({
      issuer,
      endpoints: {
        deviceAuthorization: `${issuer}/api/auth/device/code`,
        token: `${issuer}/api/auth/device/token`,
      },
      clients,
      timeout: 5,
      approve: async (userCode) => auth?.decide(userCode, 'approve'),
      deny: async (userCode) => auth?.decide(userCode, 'deny'),
    })
    expect(findings(report)).toEqual(Object.keys(expected))
    const reasons = report.results.filter(({ message }) =>
      message.startsWith('needs a token endpoint that reads forms'),
    )
    expect(reasons.length).toBeGreaterThan(40)
  }, 120_000)
})

const debianPython = '/usr/bin/python3'
const authlib =
  existsSync('/usr/lib/python3/dist-packages/authlib') && existsSync('/usr/lib/python3/dist-packages/flask')

describeWith(authlib ? undefined : 'Authlib', 'Authlib on Flask', () => {
  const repeated = 'RFC 8628 section 3.1: no parameter more than once'
  const expected: Readonly<Record<string, string>> = {
    '8628-3.1-8 client_id twice (the same values) is refused': repeated,
    '8628-3.1-8 client_id twice (different values) is refused': repeated,
    '8628-3.1-8 scope twice (the same values) is refused': repeated,
    '8628-3.1-8 scope twice (different values) is refused': repeated,
    '8628-3.1-8 client_secret twice is refused': repeated,
    '8628-3.4-1 a request without grant_type gets invalid_request':
      'a required parameter is missing: RFC 6749 section 5.2',
    '8628-3.1-8 grant_type twice at the token endpoint is refused and redeems nothing': repeated,
    '8628-3.1-8 device_code twice at the token endpoint is refused and redeems nothing': repeated,
    '8628-3.1-8 client_id twice at the token endpoint is refused and redeems nothing': repeated,
    '6749-2.3.1-1 client id and secret in a Basic header are form-decoded':
      'it does not decode them: RFC 6749 section 2.3.1',
    '6749-2.3.1-1 an Authorization header that is not UTF-8 is refused without a server error': 'it answers 500',
    '6749-2.3.1-1 an Authorization header that is empty is refused without a server error': 'it answers 500',
    '6749-2.3.1-4 parameters in the URI are ignored': 'credentials in the URI are accepted: RFC 6749 section 2.3.1',
    '6749-6-4 the new refresh token keeps the whole scope after a refresh with less scope':
      'it loses scopes: RFC 6749 section 6',
    '6749-5.2-6 error, error_description and error_uri have only the allowed characters':
      'quotes: RFC 6749 section 5.2',
    '6749-5.2-3 an unknown device code gets invalid_grant': 'it answers invalid_request',
    '6749-5.2-3 a device code of another client gets invalid_grant': 'it answers unauthorized_client',
    '6749-5.2-6 error texts have only the allowed characters and no markup, whatever the request contains':
      'quotes, likewise',
    '9700-2.6-1 metadata is published': 'there is none',
    '9700-4.14-2 a refresh token that is used again is refused, and its successor too':
      'the successor still works: RFC 9700 section 4.14.2',
    'F-36 an unknown code and the code of another client get the same answer':
      'invalid_request and unauthorized_client',
    'F-37 Host of an attacker changes no URL': 'verification_uri comes from the Host header',
    'F-61 malformed Authorization headers are refused without a server error': 'it answers 500',
  }

  it('has these findings', async () => {
    const script = fileURLToPath(new URL('strangers/authlib_server.py', import.meta.url))
    const env = { ...process.env, AUTHLIB_INSECURE_TRANSPORT: '1' }
    const child = spawn(debianPython, [script], { stdio: ['ignore', 'pipe', 'ignore'], env })
    python = child
    const [port] = await once(child.stdout, 'data')
    const issuer = `http://127.0.0.1:${String(port).trim()}`
    const post = async (path: string): Promise<void> => {
      const { ok, status } = await fetch(`${issuer}/test/${path}`, { method: 'POST' })
      if (!ok) throw new Error(`${path} answered ${status}`)
    }
    const client_secret = 'a+secret'
    const report = await runConformance({
      issuer,
      endpoints: { deviceAuthorization: `${issuer}/device_authorization`, token: `${issuer}/token` },
      clients: {
        ...clients,
        withoutGrant: { client_id: 'nogrant' },
        confidentialBasic: { client_id: 'conf', client_secret, scope },
        confidentialPost: { client_id: 'conf-post', client_secret, scope },
      },
      approve: (userCode) => post(`decide/${userCode}/approve`),
      deny: (userCode) => post(`decide/${userCode}/deny`),
      advance: (seconds) => post(`advance/${seconds}`),
    })
    expect(findings(report)).toEqual(Object.keys(expected))
  }, 120_000)
})
