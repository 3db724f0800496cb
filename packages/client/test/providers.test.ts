// One test a provider: what it does otherwise than RFC 8628, played by a script.
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
} from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'
import { answered, codes, type Sent, type Step } from './scripted-server.ts'

interface Played {
  readonly result: SignInResult
  readonly sent: readonly Sent[]
  readonly gaps: readonly number[]
  readonly flow: DeviceFlow
}

/** Signs in with the answers of a provider, one after another; the last is repeated. */
async function play(options: Omit<DeviceFlowOptions, 'clientId'>, first: Step, ...polls: Step[]): Promise<Played> {
  const clock = new FakeClock()
  const steps = [first, ...polls]
  const sent: Sent[] = []
  const flow = new DeviceFlow({
    clientId: 'tv',
    scope: ['a', 'b'],
    clock,
    random: () => 0,
    maxAttempts: 1,
    fetch: async (url, init) => {
      const body = String(init.body ?? '')
      const form = new URLSearchParams(body)
      const one = { at: clock.now(), url, form, headers: new Headers(init.headers), body }
      sent.push(one)
      const step = steps.length > 1 ? steps.shift()! : steps[0]!
      return typeof step === 'function' ? step(one) : answered(step.json, step.status)
    },
    ...options,
  })
  const result = await clock.until(flow.run())
  flow.close()
  const gaps = sent.slice(1).map(({ at }, index) => Math.floor((at - (sent[index]?.at ?? 0)) / 1000))
  return { result, sent, gaps, flow }
}

const oauth = (error: string, status = 400, more: object = {}): Step => ({ status, json: { error, ...more } })
const text = (body: string, status = 200, type = 'application/x-www-form-urlencoded'): Step => {
  return () => new Response(body, { status, headers: { 'content-type': type } })
}
const token = { access_token: 'at', token_type: 'Bearer' }
const own = {
  deviceAuthorizationEndpoint: 'https://as.example.com/device_authorization',
  tokenEndpoint: 'https://as.example.com/token',
}
const ok = { ok: true, accessToken: 'at' }
const discovery = (issuer: string): Step => ({
  json: {
    issuer,
    device_authorization_endpoint: own.deviceAuthorizationEndpoint,
    token_endpoint: own.tokenEndpoint,
  },
})

describe('GitHub', () => {
  const issuer = 'https://github.com'
  const github = { json: { ...codes, verification_uri: 'https://github.com/login/device', expires_in: 899 } }
  it('errors with 200, slow_down with a new interval, scopes with commas, no expiry', async () => {
    const slow = { json: { error: 'slow_down', error_description: 'Too many requests', interval: 10 } }
    const done = { json: { ...token, token_type: 'bearer', scope: 'repo,gist' } }
    const { result, sent, gaps, flow } = await play(
      { issuer },
      github,
      { json: { error: 'authorization_pending' } },
      slow,
      done,
    )
    expect(result).toMatchObject({ ...ok, scope: 'repo gist' })
    expect(flow).toMatchObject({ grantedScope: 'repo gist', expiration: undefined })
    expect(gaps).toEqual([5, 5, 10])
    expect(sent.map(({ url }) => url)).toEqual([
      'https://github.com/login/device/code',
      ...Array(3).fill('https://github.com/login/oauth/access_token'),
    ])
    expect(sent[0]?.headers.get('accept')).toBe('application/json')
  })

  it('form-encoded answers, and its own names of errors', async () => {
    const form = new URLSearchParams({ ...codes, expires_in: '900', interval: '5' }).toString()
    const done = text('access_token=at&scope=&token_type=bearer')
    expect((await play({ issuer }, text(form), text('error=authorization_pending'), done)).result).toMatchObject(ok)
    const ends = async (error: string): Promise<unknown> => (await play({ issuer }, github, { json: { error } })).result
    expect(await ends('token_expired')).toMatchObject({ error: 'expired_token', outcome: 'expired' })
    expect(await ends('incorrect_device_code')).toMatchObject({ error: 'invalid_grant' })
    expect(await ends('incorrect_client_credentials')).toMatchObject({ outcome: 'misconfigured' })
    expect(await ends('device_flow_disabled')).toMatchObject({ outcome: 'misconfigured' })
  })

  it('tokens of a GitHub App expire and can be refreshed', async () => {
    const more = { expires_in: 28800, refresh_token: 'rt', refresh_token_expires_in: 15897600 }
    const { result } = await play({ issuer }, github, { json: { ...token, ...more } })
    expect(result.ok && (result.refreshExpiresAt ?? 0) - (result.expiresAt ?? 0)).toBe((15897600 - 28800) * 1000)
  })
})

it('Google: verification_url, 428 and 403, a secret of public clients, its quota', async () => {
  const { verification_uri: _, ...rest } = codes
  const first = { json: { ...rest, verification_url: 'https://www.google.com/device' } }
  const options = { issuer: 'https://accounts.google.com', authentication: clientSecretPost('s') }
  const { result, sent, gaps, flow } = await play(
    options,
    first,
    oauth('authorization_pending', 428),
    oauth('slow_down', 403),
    { json: token },
  )
  expect(result).toMatchObject(ok)
  expect(flow.verificationUri).toBe('https://www.google.com/device')
  expect(gaps).toEqual([5, 5, 10])
  expect(sent[0]?.url).toBe('https://oauth2.googleapis.com/device/code')
  expect(sent[1]?.form.get('client_secret')).toBe('s')
  expect((await play(options, first, oauth('access_denied', 403))).result).toMatchObject({ outcome: 'denied' })
  const quota = await play(options, { status: 403, json: { error_code: 'rate_limit_exceeded' } })
  expect(quota.result).toMatchObject({ error: 'slow_down', outcome: 'network' })
})

describe('Microsoft Entra', () => {
  const issuer = 'https://login.microsoftonline.com/contoso.example/v2.0'
  const message = 'To sign in, use a web browser to open the page https://microsoft.com/devicelogin'
  const first = { json: { ...codes, verification_uri: 'https://microsoft.com/devicelogin', message } }
  it('a message, its own codes, numbers of errors', async () => {
    const aadsts = (error_codes: number[], error = 'invalid_grant'): Step =>
      oauth(error, 400, { error_codes, trace_id: 'x' })
    const pending = aadsts([70016], 'authorization_pending')
    const shown: (string | undefined)[] = []
    const options = { issuer, onRequest: () => void shown.push('request') }
    const { result, sent, flow } = await play(options, first, pending, { json: token })
    expect(result).toMatchObject(ok)
    expect(flow.verificationUriComplete).toBeUndefined()
    expect(sent.map(({ url }) => url)).toEqual([
      'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/devicecode',
      'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token',
      'https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token',
    ])
    const ends = async (step: Step): Promise<unknown> => (await play({ issuer }, first, step)).result
    expect(await ends(oauth('authorization_declined'))).toMatchObject({ error: 'access_denied', outcome: 'denied' })
    expect(await ends(oauth('code_expired'))).toMatchObject({ outcome: 'expired' })
    expect(await ends(aadsts([70020]))).toMatchObject({ outcome: 'expired' })
    expect(await ends(oauth('bad_verification_code'))).toMatchObject({ error: 'invalid_grant' })
    const loop = await play({ issuer }, first, aadsts([50196]), { json: token })
    expect(loop.gaps).toEqual([5, 10])
    expect(loop.result).toMatchObject(ok)
  })

  it('the message reaches the application', async () => {
    const clock = new FakeClock()
    const flow = new DeviceFlow({ issuer, clientId: 'tv', clock, fetch: async () => answered(first.json) })
    const shown: unknown[] = []
    flow.on('authorizeWithUserCode', (event) => shown.push(event.message))
    await flow.grant()
    expect(shown).toEqual([message])
  })
})

it('Azure AD v1 and ADFS: numbers in texts, verification_url, code, resource instead of scope', async () => {
  const { verification_uri: _, ...rest } = codes
  const json = { ...rest, verification_url: 'https://microsoft.com/devicelogin', expires_in: '900', interval: '7' }
  const { result, sent, gaps } = await play(
    { issuer: 'https://login.windows.net/common', resource: 'https://graph.windows.net' },
    { json },
    oauth('authorization_pending'),
    { json: { ...token, expires_in: '3599' } },
  )
  expect(result).toMatchObject(ok)
  expect(gaps).toEqual([7, 7])
  expect(sent[0]?.form.get('resource')).toBe('https://graph.windows.net')
  expect(sent[0]?.form.has('scope')).toBe(false)
  expect(Object.fromEntries(sent[1]!.form)).toMatchObject({ code: codes.device_code, grant_type: 'device_code' })
  const adfs = { ...own, profile: findProfile('azure-ad-v1')! }
  expect((await play(adfs, { json }, oauth('code_expired'))).result).toMatchObject({ outcome: 'expired' })
})

it.each([
  ['Azure AD B2C', 'https://contoso.b2clogin.com/x'],
  ['OpenAI', 'https://auth.openai.com'],
  ['Slack', 'https://slack.com'],
])('%s: a clear answer without any request', async (_name, issuer) => {
  const { result, sent } = await play({ issuer }, { json: {} })
  expect(result).toMatchObject({
    outcome: 'misconfigured',
    errorDescription: expect.stringMatching(/no device flow|own/),
  })
  expect(sent).toHaveLength(0)
})

it('Auth0: 403 and 429, expired_token once, no secret ever', async () => {
  const options = {
    issuer: 'https://x.eu.auth0.com/',
    authentication: clientSecretPost('s'),
    parameters: { audience: 'api' },
  }
  const pending = oauth('authorization_pending', 403)
  const { result, sent, gaps } = await play(options, { json: codes }, pending, oauth('slow_down', 429), { json: token })
  expect(result).toMatchObject(ok)
  expect(gaps).toEqual([5, 5, 10])
  expect(sent.some(({ body }) => body.includes('client_secret'))).toBe(false)
  expect(sent[0]?.url).toBe('https://x.eu.auth0.com/oauth/device/code')
  expect(sent[0]?.form.get('audience')).toBe('api')
  const expired = await play(options, { json: codes }, oauth('expired_token', 403), oauth('invalid_grant', 403))
  expect(expired.result).toMatchObject({ outcome: 'expired' })
  expect(expired.sent).toHaveLength(2)
})

it('Okta: endpoints by discovery, a user code without dash, no complete address', async () => {
  const issuer = 'https://dev.okta.com/oauth2/default'
  const { result, sent, flow } = await play(
    { issuer },
    discovery(issuer),
    { json: { ...codes, user_code: 'ABCDEFGH' } },
    {
      json: token,
    },
  )
  expect(result).toMatchObject(ok)
  expect(flow).toMatchObject({ userCode: 'ABCDEFGH', verificationUriComplete: undefined })
  expect(sent[0]?.url).toBe('https://dev.okta.com/.well-known/oauth-authorization-server/oauth2/default')
})

it('Keycloak: slow_down before the decision, pending again after approval, an interval as long as the codes live', async () => {
  const issuer = 'https://kc.example.com/realms/x'
  const keycloak = [{ status: 404, json: {} }, discovery(issuer)] as const
  const polls = [oauth('slow_down'), oauth('authorization_pending'), oauth('authorization_pending'), { json: token }]
  const { result, gaps, sent } = await play({ issuer }, keycloak[0], keycloak[1], { json: codes }, ...polls)
  expect(result).toMatchObject(ok)
  expect(gaps.slice(3)).toEqual([10, 10, 10])
  expect(sent[1]?.url).toBe('https://kc.example.com/realms/x/.well-known/openid-configuration')
  const slow = await play(own, { json: { ...codes, interval: 600 } }, { json: token })
  expect(slow.result).toMatchObject(ok)
  expect(slow.gaps).toEqual([599])
})

it('Ory Hydra: public clients must send no credentials at all', async () => {
  const { sent } = await play({ ...own, authentication: none() }, { json: codes }, { json: token })
  for (const { headers, form } of sent) {
    expect(headers.has('authorization')).toBe(false)
    expect(form.has('client_secret')).toBe(false)
    expect(form.get('client_id')).toBe('tv')
  }
})

it('node-oidc-provider: no interval; a code that was used', async () => {
  const { interval: _, ...rest } = codes
  const { gaps, result } = await play(own, { json: rest }, oauth('authorization_pending'), { json: token })
  expect(result).toMatchObject(ok)
  expect(gaps).toEqual([5, 5])
  expect((await play(own, { json: rest }, oauth('invalid_grant'))).result).toMatchObject({ outcome: 'rejected' })
})

it('GitLab: its paths, five minutes, a complete address', async () => {
  const complete = 'https://gitlab.com/oauth/device?user_code=0A44L90H'
  const json = { ...codes, expires_in: 300, verification_uri_complete: complete }
  const { sent, flow, result } = await play({ issuer: 'https://gitlab.com' }, { json }, { json: token })
  expect(result).toMatchObject(ok)
  expect(flow.verificationUriComplete).toBe(complete)
  expect(sent.map(({ url }) => url)).toEqual([
    'https://gitlab.com/oauth/authorize_device',
    'https://gitlab.com/oauth/token',
  ])
})

it('Spring Authorization Server: pending for ever, so the client has to end', async () => {
  const { result, sent } = await play(own, { json: codes }, oauth('authorization_pending'))
  expect(result).toMatchObject({ outcome: 'expired' })
  expect(sent.length).toBeLessThan(121)
})

it('Twitch: errors in message, "invalid device code" while pending, scopes, a list as scope', async () => {
  const says = (message: string): Step => ({ status: 400, json: { status: 400, message } })
  const done = { json: { ...token, scope: ['a', 'b'] } }
  const polls = [says('authorization_pending'), says('invalid device code'), done]
  const { result, sent } = await play({ issuer: 'https://id.twitch.tv/oauth2' }, { json: codes }, ...polls)
  expect(result).toMatchObject({ ...ok, scope: 'a b' })
  for (const { form } of sent) expect(form.get('scopes')).toBe('a b')
  expect(sent.map(({ url }) => url).slice(0, 2)).toEqual([
    'https://id.twitch.tv/oauth2/device',
    'https://id.twitch.tv/oauth2/token',
  ])
})

it('Login with Amazon: response_type, and the user code with each poll', async () => {
  const { result, sent } = await play({ issuer: 'https://www.amazon.com' }, { json: codes }, { json: token })
  expect(result).toMatchObject(ok)
  expect(sent[0]).toMatchObject({ url: 'https://api.amazon.com/auth/o2/create/codepair' })
  expect(sent[0]?.form.get('response_type')).toBe('device_code')
  expect(Object.fromEntries(sent[1]!.form)).toMatchObject({ user_code: codes.user_code, grant_type: 'device_code' })
})

it('Facebook: the app and its token, code, numbers inside of error, scopes with commas', async () => {
  const { device_code: code, ...rest } = codes
  const says = (error_subcode: number): Step => ({
    status: 400,
    json: { error: { code: 31, error_subcode, message: 'x' } },
  })
  const options = { issuer: 'https://www.facebook.com' }
  const first = { json: { code, ...rest } }
  const { result, sent, gaps } = await play(options, first, says(1349174), says(1349172), {
    json: { access_token: 'at' },
  })
  expect(result).toMatchObject({ ...ok, tokenType: 'Bearer' })
  expect(gaps).toEqual([5, 5, 10])
  expect(Object.fromEntries(sent[0]!.form)).toEqual({ access_token: 'tv', scope: 'a,b' })
  expect(Object.fromEntries(sent[1]!.form)).toEqual({ access_token: 'tv', code })
  expect((await play(options, first, says(1349152))).result).toMatchObject({ outcome: 'expired' })
})

it('AWS IAM Identity Center: JSON in both directions, in camel case', async () => {
  const { device_code: deviceCode, user_code: userCode, verification_uri: verificationUri, interval } = codes
  const first = { json: { deviceCode, userCode, verificationUri, expiresIn: 600, interval } }
  const { result, sent } = await play(
    {
      issuer: 'https://oidc.eu-west-1.amazonaws.com',
      authentication: clientSecretPost('s'),
      parameters: { startUrl: 'https://x.awsapps.com/start' },
    },
    first,
    oauth('authorization_pending'),
    { json: { accessToken: 'at', tokenType: 'Bearer', expiresIn: 28800 } },
  )
  expect(result).toMatchObject({ ...ok, expiresAt: expect.any(Number) })
  expect(sent[0]?.headers.get('content-type')).toBe('application/json')
  const client = { clientId: 'tv', clientSecret: 's', startUrl: 'https://x.awsapps.com/start' }
  expect(JSON.parse(sent[0]!.body)).toEqual(client)
  expect(JSON.parse(sent[1]!.body)).toMatchObject({
    ...client,
    deviceCode,
    grantType: expect.stringContaining(':device_code'),
  })
})

it('Trakt: JSON, a bare status, the code in the path for the QR code', async () => {
  const { verification_uri: _, ...rest } = codes
  const first = { json: { ...rest, verification_url: 'https://trakt.tv/activate' } }
  const bare =
    (status: number): Step =>
    () =>
      new Response(null, { status })
  const options = { issuer: 'https://trakt.tv', authentication: clientSecretPost('s') }
  const { result, sent, gaps, flow } = await play(options, first, bare(400), bare(429), { json: token })
  expect(result).toMatchObject(ok)
  expect(gaps).toEqual([5, 5, 10])
  expect(flow.verificationUriComplete).toBe('https://trakt.tv/activate/BCDF-GHJK')
  expect(JSON.parse(sent[1]!.body)).toEqual({ code: codes.device_code, client_id: 'tv', client_secret: 's' })
  for (const [status, outcome] of [
    [404, 'rejected'],
    [409, 'rejected'],
    [410, 'expired'],
    [418, 'denied'],
  ] as const) {
    expect((await play(options, first, bare(status))).result).toMatchObject({ outcome })
  }
})

it('Huawei: numbers as errors, verification_url, expire_in', async () => {
  const { verification_uri: _, expires_in: expire_in, ...rest } = codes
  const first = { json: { ...rest, expire_in, verification_url: 'https://h.example/d' } }
  const says = (sub_error: number): Step => ({ status: 400, json: { error: 1101, sub_error } })
  const options = { issuer: 'https://oauth-login.cloud.huawei.com' }
  expect((await play(options, first, says(20411), says(20412), { json: token })).result).toMatchObject(ok)
  expect((await play(options, first, says(20414))).result).toMatchObject({ outcome: 'denied' })
  expect((await play(options, first, says(20404))).result).toMatchObject({ outcome: 'expired' })
})

it('Salesforce: codes from the token endpoint, grant_type device', async () => {
  const { result, sent } = await play({ issuer: 'https://acme.my.salesforce.com' }, { json: codes }, { json: token })
  expect(result).toMatchObject(ok)
  expect(new Set(sent.map(({ url }) => url))).toEqual(new Set(['https://acme.my.salesforce.com/services/oauth2/token']))
  expect(sent[0]?.form.get('response_type')).toBe('device_code')
  expect(Object.fromEntries(sent[1]!.form)).toMatchObject({ grant_type: 'device', code: codes.device_code })
})

it('OpenAM: response_type, pending with 403, the older grant', async () => {
  const options = { ...own, profile: findProfile('openam')! }
  const { result, sent } = await play(options, { json: codes }, oauth('authorization_pending', 403), { json: token })
  expect(result).toMatchObject(ok)
  expect(sent[0]?.form.get('response_type')).toBe('device_code')
  expect(Object.fromEntries(sent[1]!.form)).toMatchObject({ grant_type: 'http://oauth.net/grant_type/device/1.0' })
})

it('strict throttlers: never a poll within the interval of the codes, and later ones recover', async () => {
  const clock = new FakeClock()
  let last = clock.now()
  let interval = 5
  let polls = 0
  const flow = new DeviceFlow({
    ...own,
    clientId: 'tv',
    clock,
    fetch: async (url) => {
      if (url === own.deviceAuthorizationEndpoint) return answered(codes)
      const isEarly = clock.now() - last < interval * 1000
      last = clock.now()
      polls += 1
      // it raises its own interval without saying so
      if (isEarly || polls === 3) interval += 5
      return isEarly || polls === 3
        ? answered({ error: 'slow_down' }, 400)
        : answered(polls > 6 ? token : { error: 'authorization_pending' }, polls > 6 ? 200 : 400)
    },
  })
  expect(await clock.until(flow.run())).toMatchObject(ok)
  expect(interval).toBe(10)
  flow.close()
})

describe('profiles', () => {
  it('are found by issuer and by name, and can be overridden', async () => {
    expect(findProfile('https://github.com')?.name).toBe('github')
    expect(findProfile('twitch')?.name).toBe('twitch')
    expect(findProfile('https://login.microsoftonline.us/x/v2.0')?.name).toBe('entra')
    expect(findProfile('https://evil-auth0.com')).toBeUndefined()
    expect(findProfile('https://github.com.evil.example')).toBeUndefined()
    expect(findProfile('https://as.example.com')).toBeUndefined()
    const profile = { ...findProfile('github')!, parameters: { scope: 'scopes' } }
    const { sent } = await play({ issuer: 'https://ghes.example.com', profile }, { json: codes }, { json: token })
    expect(sent[0]?.url).toBe('https://ghes.example.com/login/device/code')
    expect(sent[0]?.form.get('scopes')).toBe('a b')
  })

  it('have names of their own, and addresses that are encrypted', () => {
    expect(new Set(profiles.map(({ name }) => name)).size).toBe(profiles.length)
    for (const { issuer, endpoints } of profiles) {
      if (endpoints === undefined) continue
      for (const path of Object.values(endpoints)) {
        expect(new URL(path, issuer ?? 'https://x.example/').protocol).toBe('https:')
      }
    }
  })

  it('serve the functions too', async () => {
    const result = await pollDeviceToken(
      { address: 'https://id.twitch.tv/oauth2/token', clientId: 'tv', deviceCode: 'dc' },
      {
        profile: findProfile('twitch')!,
        fetch: async () => answered({ status: 400, message: 'invalid device code' }, 400),
      },
    )
    expect(result).toMatchObject({ error: 'authorization_pending' })
  })
})
