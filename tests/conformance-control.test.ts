// The suite has to find faults: oidc-provider is a good server with known faults, and each of them has to be found.
import { createServer, type RequestListener, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ConformanceReport,
  type ConformanceResult,
  type ConformanceTarget,
  runConformance,
} from '@device-auth/conformance'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
const scope = 'openid offline_access'

/** The parts used here of a package without types. */
interface DeviceCode {
  readonly clientId: string
  readonly params: { readonly scope?: string; readonly resource?: string | readonly string[] }
  scope?: string
  accountId?: string
  grantId?: string
  error?: string
  save(): Promise<string>
}
interface Grant {
  addOIDCScope(scope: string): void
  addResourceScope(resource: string, scope: string): void
  save(): Promise<string>
}
interface Provider {
  callback(): RequestListener
  readonly DeviceCode: { findByUserCode(userCode: string): Promise<DeviceCode | undefined> }
  readonly Grant: new (payload: { readonly accountId: string; readonly clientId: string }) => Grant
}
type Payload = Record<string, unknown>

/** A map that answers after 1 to 5 ms like a database. Its consume() does not tell who was first. */
class SlowAdapter {
  static readonly records = new Map<string, Payload>()
  readonly model: string

  constructor(model: string) {
    this.model = model
  }

  async upsert(id: string, payload: Payload): Promise<void> {
    await sleep(1 + Math.random() * 4)
    SlowAdapter.records.set(`${this.model}:${id}`, { ...payload })
  }

  async find(id: string): Promise<Payload | undefined> {
    await sleep(1 + Math.random() * 4)
    const found = SlowAdapter.records.get(`${this.model}:${id}`)
    return found === undefined ? undefined : { ...found }
  }

  async findBy(name: string, value: string): Promise<Payload | undefined> {
    await sleep(1 + Math.random() * 4)
    const found = [...SlowAdapter.records].find(
      ([key, record]) => key.startsWith(`${this.model}:`) && record[name] === value,
    )
    return found === undefined ? undefined : { ...found[1] }
  }

  findByUserCode(userCode: string): Promise<Payload | undefined> {
    return this.findBy('userCode', userCode)
  }

  findByUid(uid: string): Promise<Payload | undefined> {
    return this.findBy('uid', uid)
  }

  async consume(id: string): Promise<void> {
    // longer than a search: of requests at the same moment, each one finds it unused
    await sleep(20)
    const found = SlowAdapter.records.get(`${this.model}:${id}`)
    if (found !== undefined) found.consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id: string): Promise<void> {
    SlowAdapter.records.delete(`${this.model}:${id}`)
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, record] of SlowAdapter.records) if (record.grantId === grantId) SlowAdapter.records.delete(key)
  }
}

const client = (client_id: string, more: Payload = {}): Payload => ({
  client_id,
  grant_types: [deviceGrant, 'refresh_token'],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: 'none',
  scope,
  ...more,
})

/** The resources that its clients may ask for, and its error for any other. */
let invalidTarget: new () => Error = Error
const resources = ['https://photos.example/', 'https://music.example/']

const configuration = {
  adapter: SlowAdapter,
  clients: [
    client('tv'),
    client('tv2'),
    client('nogrant', { grant_types: ['refresh_token'] }),
    client('conf', { client_secret: 'conf-secret', token_endpoint_auth_method: 'client_secret_basic' }),
    client('conf-post', { client_secret: 'post-secret', token_endpoint_auth_method: 'client_secret_post' }),
  ],
  features: {
    deviceFlow: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      useGrantedResource: () => true,
      getResourceServerInfo(_context: unknown, resource: string) {
        if (!resources.includes(resource)) throw new invalidTarget()
        return { scope: 'read', audience: resource }
      },
    },
  },
  findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
  interactions: { url: () => '/interaction' },
  cookies: { keys: ['conformance-control'] },
}

/** Decides by its models, as the last step of its own page does. */
async function decide(provider: Provider, userCode: string, approved: boolean): Promise<void> {
  const code = await provider.DeviceCode.findByUserCode(userCode.replace(/-/g, ''))
  if (code === undefined) throw new Error('no such user code')
  if (approved) {
    const grant = new provider.Grant({ accountId: 'alice', clientId: code.clientId })
    const { scope: granted = '', resource = [] } = code.params
    if (granted !== '') grant.addOIDCScope(granted)
    for (const one of [resource].flat()) grant.addResourceScope(one, 'read')
    Object.assign(code, { accountId: 'alice', scope: granted, resource, grantId: await grant.save() })
  } else code.error = 'access_denied'
  await code.save()
}

/** A `fetch` that keeps cookies, as a browser does. */
function withCookies(): typeof fetch {
  const jar = new Map<string, string>()
  return async (url, init) => {
    const cookie = [...jar].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), cookie } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
}

describe('the conformance suite against oidc-provider', () => {
  let server: Server
  let report: ConformanceReport

  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    // it warns about its defaults, and logs the errors that these tests provoke
    for (const method of ['info', 'warn', 'error'] as const) vi.spyOn(console, method).mockReturnValue(undefined)
    // the name is in a variable, because the package has no types
    const name = 'oidc-provider'
    const { default: OidcProvider, errors } = (await import(name)) as {
      default: new (issuer: string, configuration: object) => Provider
      errors: { InvalidTarget: new () => Error }
    }
    invalidTarget = errors.InvalidTarget
    server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const issuer = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
    const provider = new OidcProvider(issuer, configuration)
    server.on('request', provider.callback())
    const target: ConformanceTarget = {
      issuer,
      resources,
      clients: {
        public: { client_id: 'tv', scope },
        otherPublic: { client_id: 'tv2', scope },
        withoutGrant: { client_id: 'nogrant' },
        confidentialBasic: { client_id: 'conf', client_secret: 'conf-secret', scope },
        confidentialPost: { client_id: 'conf-post', client_secret: 'post-secret', scope },
        openid: { client_id: 'tv', scope },
        resourceServer: { client_id: 'conf', client_secret: 'conf-secret' },
      },
      approve: (userCode) => decide(provider, userCode, true),
      deny: (userCode) => decide(provider, userCode, false),
      // its page for the code needs no session
      page: { fetchAsUser: withCookies() },
      advance: async (seconds) => void vi.setSystemTime(Date.now() + seconds * 1000),
      // Date is the faked one already
      now: () => Date.now() / 1000,
    }
    report = await runConformance(target)
  }, 120_000)

  afterAll(async () => {
    vi.useRealTimers()
    vi.restoreAllMocks()
    await new Promise((resolve) => server.close(resolve))
  })

  const found = (id: string, title: RegExp): ConformanceResult => {
    const results = report.results.filter((result) => result.id === id && title.test(result.title))
    expect(results, `one case ${id} ${String(title)}`).toHaveLength(1)
    return results[0]!
  }

  it('control: a device can sign in, so failures do not come from the set-up', () => {
    expect(found('8628-3.5-1', /answered with tokens$/)).toMatchObject({ status: 'passed' })
    expect(found('8628-3.5-7', /every poll/)).toMatchObject({ status: 'passed' })
    expect(found('8628-3.5-8', /answered with expired_token/)).toMatchObject({ status: 'passed' })
    expect(report.passed).toBeGreaterThan(150)
  })

  it('control: a right server passes the cases about id_tokens, userinfo, discovery and audiences', () => {
    const passed = report.results.filter(({ id, status }) => status === 'passed' && /^(?:OIDCD?|8707)-/.test(id))
    expect(passed.length).toBeGreaterThan(28)
  })

  it('control: a missing interval is no failure', () => {
    expect(found('8628-3.2-7', /interval/)).toMatchObject({ status: 'passed' })
  })

  it.each([
    ['8628-3.1-1', /refuses GET/, /expected a refusal \(4xx\), got 500/],
    ['8628-3.5-3', /before its time/, /expected 400 slow_down, got 400 .*authorization_pending/],
    ['6749-5.1-5', /^tokens/, /expected Pragma: no-cache/],
    ['6749-5.2-4', /without the grant/, /unauthorized_client, got 400 .*invalid_request/],
    // several families, or none that works, because a losing request revokes the winner's grant
    ['F-01', /parallel/, /expected one token family .*, not \d+|got 400 .*invalid_grant/],
    ['F-11', /refreshes at once/, /expected one successor, not \d+|got 400 .*invalid_grant/],
    ['F-37', /^Host of/, /not http:\/\/evil\.example\/device/],
    ['8414-2-1', /Host header/, /evil\.example/],
    ['9700-4.2.4-1', /load and link/, /expected no address of another origin/],
    ['9700-4.16-1', /framed/, /frame-ancestors 'none'/],
    ['F-45', /page for the code/, /frame-ancestors 'none'/],
    ['8628-5.1-1', /guessing/, /expected 429 within/],
  ])('control: the fault %s is found (%s)', (id, title, message) => {
    const result = found(id, title)
    expect(result).toMatchObject({ status: 'failed' })
    expect(result.message).toMatch(message)
  })

  it('control: nothing else is found', () => {
    // five polls race with the approval there: in some orders this provider ends the grant that one of them has just begun
    const byChance = 'F-06'
    const failed = report.results.filter(({ id, status }) => status === 'failed' && id !== byChance)
    expect(failed.map(({ id, title }) => `${id} ${title}`)).toEqual([
      // it answers GET with 500
      '8628-3.1-1 the device authorization endpoint refuses GET and creates nothing',
      '8628-3.1-1 the device authorization endpoint refuses HEAD and creates nothing',
      '8628-3.5-3 a poll before its time is answered with slow_down while the code is pending',
      '6749-5.2-4 a client without the grant gets unauthorized_client',
      '6749-5.1-5 tokens are sent with Cache-Control: no-store and Pragma: no-cache',
      '8414-2-1 the Host header does not change the metadata',
      // it uses up the code, or the refresh token, before it looks at the resource
      '8707-2.2-1 a code stays after a request with a wrong resource',
      '8707-2.2-2 a refresh token stays after a wrong resource',
      '9700-4.2.4-1 the pages load and link nothing from other origins, and send no Referer',
      '9700-4.16-1 no page can be framed by another site: frame-ancestors or X-Frame-Options',
      'F-01 50 parallel redemptions of one code give one token family, and its tokens work',
      'F-11 ten refreshes at once with one refresh token give one successor',
      'F-37 Host of an attacker changes no URL',
      'F-45 the page for the code has the security headers',
      '6749-10.13-1 the pages cannot be framed',
      // GET again
      'F-60 HEAD at the endpoints for clients has no effect',
      'F-60 X-HTTP-Method-Override does not turn a GET into a POST',
      '8628-5.1-1 guessing user codes is limited',
    ])
  })

  it.each([
    ['9110-15.5.6', /deviceAuthorization/, 'needs a 405; this server answers GET and PUT with 500 and 404'],
    ['8628-3.5-4', /adds no more than 5/, 'needs slow_down, which the server does not send for an early poll'],
  ])('control: a fault that has another case makes %s skipped, not failed (%s)', (id, title, message) => {
    expect(found(id, title)).toMatchObject({ status: 'skipped', message })
  })

  it('control: a case that cannot be judged is skipped and names what it needs', () => {
    const skipped = report.results.filter(({ status }) => status === 'skipped')
    expect(skipped.length).toBe(report.skipped)
    for (const { message } of skipped) expect(message).toMatch(/^needs /)
  })

  it('control: no message contains a secret', () => {
    const messages = report.results.map(({ message }) => message).join('\n')
    expect(messages).not.toMatch(/conf-secret|post-secret/)
    for (const record of SlowAdapter.records.values()) {
      const { jti } = record
      if (typeof jti === 'string') expect(messages).not.toContain(jti)
    }
  })
})
