// Signs in to each simulated provider with its profile. The server checks each request.
import { describe, expect, it } from 'vitest'
import {
  clientSecretPost,
  DeviceFlow,
  type DeviceFlowOptions,
  findProfile,
  none,
  pollDeviceToken,
  profiles,
  type SignInResult,
} from '../../src/index.ts'
import {
  behaviors,
  FakeClock,
  oauthError,
  ScriptedServer,
  type ScriptedServerOptions,
  type SentRequest,
  type Step,
  work,
} from '../../src/testing/index.ts'
import { answered, codes } from '../fixtures.ts'

interface Played {
  readonly result: SignInResult
  readonly server: ScriptedServer
  readonly flow: DeviceFlow
}
type ClientOptions = Partial<DeviceFlowOptions>

const secret = { authentication: clientSecretPost('s') }
/** The options that each provider needs. A provider with neither metadata nor a profile needs its endpoints. */
const clients: Readonly<Record<string, ClientOptions>> = {
  google: secret,
  'azure-ad-v1': { resource: 'https://graph.windows.net' },
  // Auth0 refuses public clients that send a secret: the profile must not send it
  auth0: { ...secret, parameters: { audience: 'api' } },
  aws: { ...secret, parameters: { startUrl: 'https://x.awsapps.com/start' } },
  trakt: secret,
  hydra: { ...addresses('hydra'), authentication: none() },
  'oidc-provider': addresses('oidc-provider'),
  'better-auth': { profile: findProfile('better-auth') },
  openam: { ...addresses('openam'), profile: findProfile('openam') },
}

function addresses(name: string): ClientOptions {
  const { deviceAuthorizationEndpoint, tokenEndpoint } = new ScriptedServer({ behavior: name }).behavior
  return { deviceAuthorizationEndpoint, tokenEndpoint }
}

/** Signs in with a server that behaves as a provider. */
async function play(name: string, script: ScriptedServerOptions = {}, more: ClientOptions = {}): Promise<Played> {
  const clock = new FakeClock()
  const server = new ScriptedServer({ clock, behavior: name, approvesAfter: 6, ...script })
  const { fetch, issuer } = server
  const scene = { clientId: 'tv', scope: ['a', 'b'], clock, fetch, random: () => 0, maxAttempts: 1 }
  const flow = new DeviceFlow({ issuer, ...scene, ...clients[name], ...more })
  const result = await clock.until(flow.run())
  flow.close()
  return { result, server, flow }
}

const ends = async (name: string, ...polls: Step[]): Promise<SignInResult> => (await play(name, { polls })).result
const urls = (sent: readonly SentRequest[]): readonly string[] => sent.map(({ url }) => url)
const ok = { ok: true, tokenType: expect.stringMatching(/^bearer$/i) }

describe.each(behaviors)('$name', ({ name, codes = {}, tellsExpiryOnce, pacing }) => {
  const interval = Number(codes.interval ?? 5)

  it('waits while pending, slows down, signs in', async () => {
    const { result, server } = await play(name, {
      approvesAfter: interval + 1,
      polls: [work, oauthError('slow_down'), work],
    })
    expect(result).toMatchObject(ok)
    expect(server.gaps.slice(0, 2).map(Math.floor)).toEqual([interval, interval + 5])
    expect(server.sent.filter(({ url }) => !/\.well-known/.test(url))).toHaveLength(1 + server.polls.length)
  })

  it('has the outcome denied after a denial', async () => {
    expect(await ends(name, oauthError('access_denied'))).toMatchObject({ ok: false, outcome: 'denied' })
  })

  it('ends when the codes expire, whatever the server answers then', async () => {
    const { result, server } = await play(name, { approvesAfter: Infinity })
    expect(result).toMatchObject({ ok: false, outcome: 'expired' })
    expect(server.polls.length).toBeLessThan((Number(codes.expires_in ?? 600) / interval) * 1.01)
    expect(Math.min(...server.gaps)).toBeGreaterThanOrEqual(interval)
    if (pacing === 'always') expect(server.polls.length).toBeGreaterThan(50)
    if (tellsExpiryOnce) expect(await ends(name, oauthError('expired_token'))).toMatchObject({ outcome: 'expired' })
  })
})

describe('GitHub', () => {
  it('has scopes with commas, tokens without expiry, no complete address, error names of its own', async () => {
    const { result, server, flow } = await play('github', { polls: [oauthError('slow_down'), work] })
    expect(result).toMatchObject({ ...ok, scope: 'repo gist' })
    expect(flow).toMatchObject({ grantedScope: 'repo gist', expiration: undefined, verificationUriComplete: undefined })
    expect(server.gaps.map(Math.floor)).toEqual([10])
    expect(await ends('github', oauthError('expired_token'))).toMatchObject({ error: 'expired_token' })
    expect(await ends('github', { json: { error: 'expired_token' } })).toMatchObject({ outcome: 'expired' })
    expect(await ends('github', oauthError('invalid_grant'))).toMatchObject({ error: 'invalid_grant' })
    expect(await ends('github', oauthError('invalid_client'))).toMatchObject({ outcome: 'misconfigured' })
    expect(await ends('github', oauthError('unauthorized_client'))).toMatchObject({ outcome: 'misconfigured' })
    expect(await ends('github', { json: { error: 'unsupported_grant_type' } })).toMatchObject({
      outcome: 'misconfigured',
    })
  })

  it('may answer with a form in spite of the Accept header', async () => {
    const { result } = await play('github', {}, { headers: { accept: '*/*' } })
    expect(result).toMatchObject(ok)
  })

  it('has tokens of a GitHub App that expire and can be refreshed', async () => {
    const more = { expires_in: 28800, refresh_token: 'rt', refresh_token_expires_in: 15897600 }
    const { result } = await play('github', { polls: [{ json: { access_token: 'at', ...more } }] })
    expect(result.ok && (result.refreshExpiresAt ?? 0) - (result.expiresAt ?? 0)).toBe((15897600 - 28800) * 1000)
  })
})

it('Google: verification_url; the quota is reported in place of the codes', async () => {
  const { flow } = await play('google')
  expect(flow.verificationUri).toBe('https://www.google.com/device')
  const quota = await play('google', { codes: [oauthError('temporarily_unavailable')] })
  expect(quota.result).toMatchObject({ error: 'slow_down', outcome: 'network' })
  // without its secret
  expect((await play('google', {}, { authentication: none() })).result).toMatchObject({ outcome: 'misconfigured' })
})

describe('Microsoft Entra', () => {
  it('has numbers of errors, error codes of its own, no complete address', async () => {
    expect((await play('entra')).flow.verificationUriComplete).toBeUndefined()
    const number = (error_codes: number): Step => oauthError('unknown', { error: 'invalid_grant', error_codes })
    expect(await ends('entra', oauthError('code_expired'))).toMatchObject({ outcome: 'expired' })
    expect(await ends('entra', number(70019))).toMatchObject({ outcome: 'expired' })
    expect(await ends('entra', number(70020))).toMatchObject({ outcome: 'expired' })
    expect(await ends('entra', oauthError('invalid_grant'))).toMatchObject({ error: 'invalid_grant' })
  })

  it('has a message for the user, which reaches the application', async () => {
    const clock = new FakeClock()
    const { fetch, issuer, behavior } = new ScriptedServer({ clock, behavior: 'entra' })
    const flow = new DeviceFlow({ issuer, clientId: 'tv', scope: 'openid', clock, fetch })
    const shown: unknown[] = []
    flow.on('authorizeWithUserCode', (event) => shown.push(event.message))
    await flow.getDeviceCode()
    expect(shown).toEqual([behavior.codes?.message])
  })
})

it('Azure AD v1 and ADFS: numbers in strings, code and resource in place of device_code and scope', async () => {
  const { result, server } = await play('azure-ad-v1')
  expect(result.ok && result.expiresAt).toBe((server.polls.at(-1)?.at ?? 0) + 3_599_000)
  expect(server.polls[0]?.form.get('code')).toBe('device-code-1')
})

it.each([
  ['Azure AD B2C', 'https://contoso.b2clogin.com/x'],
  ['OpenAI', 'https://auth.openai.com'],
  ['Slack', 'https://slack.com'],
])('%s: a failure with the reason, without any request', async (_name, issuer) => {
  const { result, server } = await play('standard', {}, { issuer })
  expect(result).toMatchObject({
    outcome: 'misconfigured',
    errorDescription: expect.stringMatching(/no device flow|own/),
  })
  expect(server.sent).toHaveLength(0)
})

it('Auth0: its audience, expired_token once', async () => {
  const { server } = await play('auth0')
  expect(server.codes[0]?.form.get('audience')).toBe('api')
  const expired = await play('auth0', { polls: [oauthError('expired_token'), oauthError('invalid_grant')] })
  expect(expired.result).toMatchObject({ outcome: 'expired' })
  expect(expired.server.polls).toHaveLength(1)
})

it('Okta: a user code without a dash, no complete address', async () => {
  const { flow } = await play('okta')
  expect(flow).toMatchObject({ userCode: 'ABCDEFGH', verificationUriComplete: undefined })
})

it('Keycloak: OpenID metadata, pending again after approval, an interval as long as the codes live', async () => {
  const { server } = await play('keycloak')
  expect(urls(server.sent.slice(0, 2))).toEqual([
    'https://kc.example.com/.well-known/oauth-authorization-server/realms/x',
    'https://kc.example.com/realms/x/.well-known/openid-configuration',
  ])
  // approved after 6 seconds, between the first poll and the second
  expect(server.polls).toHaveLength(3)
  const slow = await play('keycloak', { codes: [{ json: { ...codes, interval: 600 } }], polls: [pollAt599] })
  expect(slow.result).toMatchObject({ accessToken: 'at' })
})

/** Gives tokens to a poll just before codes of ten minutes expire. */
const pollAt599: Step = ({ at }, { error }) =>
  at === Date.UTC(2026, 0, 1) + 599_000 ? answered({ access_token: 'at' }) : error('expired_token')

it('Ory Hydra: public clients must send no credentials at all', async () => {
  const { server } = await play('hydra')
  for (const { headers, form } of server.sent) {
    expect(headers.has('authorization')).toBe(false)
    expect(form.get('client_id')).toBe('tv')
  }
  expect((await play('hydra', {}, secret)).result).toMatchObject({ outcome: 'misconfigured' })
})

it('node-oidc-provider: no interval; a complete address; a used code is rejected', async () => {
  const { flow, server } = await play('oidc-provider')
  expect(server.gaps.map(Math.floor)).toEqual([5])
  expect(flow.verificationUriComplete).toContain('user_code=')
  expect(await ends('oidc-provider', oauthError('invalid_grant'))).toMatchObject({ outcome: 'rejected' })
})

it('GitLab: five minutes, a complete address', async () => {
  const { flow, server } = await play('gitlab')
  expect(flow.verificationUriComplete).toBe('https://gitlab.com/oauth/device?user_code=0A44L90H')
  expect(flow.expiresAt).toBe((server.codes[0]?.at ?? 0) + 300_000)
})

it('Twitch: "invalid device code" while pending, the parameter scopes, a list as scope', async () => {
  const { result } = await play('twitch', { polls: [oauthError('invalid_grant'), work] })
  expect(result).toMatchObject({ ...ok, scope: 'a b' })
})

it('Login with Amazon: the user code in each poll', async () => {
  const { server } = await play('amazon')
  expect(server.polls[0]?.form.get('user_code')).toBe('BCDF-GHJK')
})

it('Facebook: app id and client token as access_token, scopes with commas', async () => {
  const { server } = await play('facebook')
  expect(Object.fromEntries(server.codes[0]!.form)).toEqual({ access_token: 'tv', scope: 'a,b' })
  expect(Object.fromEntries(server.polls[0]!.form)).toEqual({ access_token: 'tv', code: 'device-code-1' })
})

it('AWS IAM Identity Center: JSON in both directions, in camel case', async () => {
  const { server, result } = await play('aws')
  expect(result).toMatchObject({ refreshToken: 'refresh-token-2', expiresAt: expect.any(Number) })
  const client = { clientId: 'tv', clientSecret: 's', startUrl: 'https://x.awsapps.com/start' }
  expect(JSON.parse(server.codes[0]!.body)).toEqual(client)
  expect(JSON.parse(server.polls[0]!.body)).toMatchObject({ ...client, deviceCode: 'device-code-1' })
})

it('Trakt: JSON, errors by HTTP status, the user code in the path of the complete address', async () => {
  const { server, flow } = await play('trakt')
  expect(flow.verificationUriComplete).toBe('https://trakt.tv/activate/BCDF-GHJK')
  expect(JSON.parse(server.polls[0]!.body)).toEqual({ code: 'device-code-1', client_id: 'tv', client_secret: 's' })
  for (const status of [404, 409]) expect(await ends('trakt', { status })).toMatchObject({ outcome: 'rejected' })
})

it('Huawei: numbers as errors, two of them for pending', async () => {
  const pending: Step = { status: 400, json: { error: 1101, sub_error: 20412 } }
  const { result, flow } = await play('huawei', { polls: [pending, work] })
  expect(result).toMatchObject(ok)
  expect(flow.verificationUri).toBe('https://oauth-login.cloud.huawei.com/device')
})

it('Salesforce: the token endpoint issues the codes', async () => {
  const { server } = await play('salesforce', {}, { issuer: 'https://login.salesforce.com' })
  expect(new Set(urls(server.sent))).toEqual(new Set([server.behavior.tokenEndpoint]))
  expect(findProfile('https://acme.my.salesforce.com')?.name).toBe('salesforce')
})

it('OpenAM: response_type and an older grant type, which only the profile sends', async () => {
  const { result } = await play('openam', {}, { profile: undefined })
  expect(result).toMatchObject({ outcome: 'misconfigured' })
})

it('a strict server: no poll is early from the first interval on, and a slow_down out of turn is obeyed', async () => {
  const clock = new FakeClock()
  let [interval, next] = [5, 0]
  const strict: Step = ({ at }, { error, work }) => {
    // the server raises the interval after an early poll, and once without a reason
    const isSlowed = at < next || server.polls.length === 3
    if (isSlowed) interval += 5
    next = at + interval * 1000
    return isSlowed ? error('slow_down') : work()
  }
  const server = new ScriptedServer({ clock, behavior: 'strict', approvesAfter: 60, polls: [strict] })
  const flow = new DeviceFlow({ issuer: server.issuer, clientId: 'tv', clock, fetch: server.fetch })
  expect(await clock.until(flow.run())).toMatchObject(ok)
  expect(interval).toBe(10)
  flow.close()
})

describe('the profiles', () => {
  it('are found by issuer and by name, and can be overridden', async () => {
    expect(findProfile('https://github.com')?.name).toBe('github')
    expect(findProfile('twitch')?.name).toBe('twitch')
    expect(findProfile('https://login.microsoftonline.us/x/v2.0')?.name).toBe('entra')
    expect(findProfile('https://evil-auth0.com')).toBeUndefined()
    expect(findProfile('https://github.com.evil.example')).toBeUndefined()
    expect(findProfile('https://as.example.com')).toBeUndefined()
    const profile = { ...findProfile('github')!, parameters: { scope: 'scopes' } }
    const { server } = await play('standard', {}, { issuer: 'https://ghes.example.com', profile })
    expect(server.sent[0]?.url).toBe('https://ghes.example.com/login/device/code')
    expect(server.sent[0]?.form.get('scopes')).toBe('a b')
  })

  it('have unique names, https endpoints, and a simulated server each', () => {
    expect(new Set(profiles.map(({ name }) => name)).size).toBe(profiles.length)
    const played = new Set(behaviors.map(({ name }) => name))
    for (const { name, issuer, endpoints, unsupported } of profiles) {
      expect(played.has(name), name).toBe(unsupported === undefined)
      for (const path of Object.values(endpoints ?? {})) {
        expect(new URL(path, issuer ?? 'https://x.example/').protocol).toBe('https:')
      }
    }
  })

  it('work with the functions too', async () => {
    const { fetch, behavior } = new ScriptedServer({ behavior: 'twitch', polls: [oauthError('invalid_grant')] })
    const result = await pollDeviceToken(
      { address: behavior.tokenEndpoint, clientId: 'tv', deviceCode: 'dc' },
      { profile: findProfile('twitch')!, fetch },
    )
    expect(result).toMatchObject({ error: 'authorization_pending' })
  })
})
