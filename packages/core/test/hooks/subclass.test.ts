import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type {
  ApprovedGrant,
  DeviceAuthorizationContext,
  EndpointName,
  ErrorContext,
  GrantApproval,
  IssuedCodes,
  RequesterDescription,
  TokenRequest,
  User,
} from '../../src/contract/hook-arguments.ts'
import type { PageModel } from '../../src/contract/pages/model.ts'
import type { DeviceCredential, UserGrant } from '../../src/contract/store.ts'
import { DeviceAuthHooks } from '../../src/hooks/default.ts'
import type { OAuthRequest, ParsedRequest } from '../../src/http.ts'
import type { Client, TokenResponse } from '../../src/protocol.ts'
import { basic, confSecret, createTestServer, expectError, expectToken } from '../server.ts'
import { alice, createPageServer } from '../verification/visitor.ts'

/** Overrides every hook: waits, then calls the default. */
class Everything extends DeviceAuthHooks {
  readonly #called: string[] = []
  readonly database = { name: 'members of its own are no hooks' }
  retries = 3

  get called(): ReadonlySet<string> {
    return new Set(this.#called)
  }

  async #note(name: string): Promise<void> {
    this.#called.push(name)
    await setImmediate()
  }

  findAccount(): string {
    return this.database.name
  }

  override async generateUserCode(context: DeviceAuthorizationContext): Promise<string> {
    await this.#note('generateUserCode')
    return super.generateUserCode(context)
  }

  override async generateDeviceCode(context: DeviceAuthorizationContext): Promise<string> {
    await this.#note('generateDeviceCode')
    return super.generateDeviceCode(context)
  }

  override async getVerificationUri(context: DeviceAuthorizationContext): Promise<string> {
    await this.#note('getVerificationUri')
    return super.getVerificationUri(context)
  }

  override async saveDeviceCredential(
    credential: DeviceCredential,
    context: DeviceAuthorizationContext & IssuedCodes,
  ): Promise<boolean> {
    await this.#note('saveDeviceCredential')
    return super.saveDeviceCredential(credential, context)
  }

  override async authenticateClient(request: ParsedRequest, endpoint: EndpointName): Promise<Client | undefined> {
    await this.#note('authenticateClient')
    return super.authenticateClient(request, endpoint)
  }

  override async verifyClientSecret(client: Client, secret: string): Promise<boolean> {
    await this.#note('verifyClientSecret')
    return super.verifyClientSecret(client, secret)
  }

  override async validateRequestedScope(client: Client, scope: string | undefined): Promise<string> {
    await this.#note('validateRequestedScope')
    return super.validateRequestedScope(client, scope)
  }

  override async validateTokenRequest(request: TokenRequest): Promise<void> {
    await this.#note('validateTokenRequest')
    return super.validateTokenRequest(request)
  }

  override async queryDeviceCredential(
    deviceCode: string,
    request: TokenRequest,
  ): Promise<DeviceCredential | undefined> {
    await this.#note('queryDeviceCredential')
    return super.queryDeviceCredential(deviceCode, request)
  }

  override async queryUserGrant(credential: DeviceCredential): Promise<UserGrant | undefined> {
    await this.#note('queryUserGrant')
    return super.queryUserGrant(credential)
  }

  override async shouldSlowDown(credential: DeviceCredential, now: number, verdict: boolean): Promise<boolean> {
    await this.#note('shouldSlowDown')
    return super.shouldSlowDown(credential, now, verdict)
  }

  override async isUserActive(subject: string): Promise<boolean> {
    await this.#note('isUserActive')
    return super.isUserActive(subject)
  }

  override async beforeIssue(approved: ApprovedGrant): Promise<boolean> {
    await this.#note('beforeIssue')
    return super.beforeIssue(approved)
  }

  override async generateToken(approved: ApprovedGrant): Promise<TokenResponse> {
    await this.#note('generateToken')
    return super.generateToken(approved)
  }

  override async createTokenResponse(token: TokenResponse, approved: ApprovedGrant): Promise<TokenResponse> {
    await this.#note('createTokenResponse')
    return { ...(await super.createTokenResponse(token, approved)), account: approved.userGrant.subject }
  }

  override async saveToken(token: TokenResponse, approved: ApprovedGrant): Promise<void> {
    await this.#note('saveToken')
    return super.saveToken(token, approved)
  }

  override async authenticateUser(request: OAuthRequest): Promise<User | undefined> {
    await this.#note('authenticateUser')
    return super.authenticateUser(request)
  }

  override async chooseGrantData(approval: GrantApproval): Promise<Readonly<Record<string, unknown>> | undefined> {
    await this.#note('chooseGrantData')
    return super.chooseGrantData(approval)
  }

  override async renderPage(model: PageModel, request: OAuthRequest): Promise<string> {
    await this.#note('renderPage')
    expect(request.path).toMatch(/^\/devices?$/)
    return super.renderPage(model, request)
  }

  override async describeRequester(request: OAuthRequest): Promise<string | RequesterDescription | undefined> {
    await this.#note('describeRequester')
    return super.describeRequester(request)
  }

  override async resolveLoginHint(hint: string, client: Client): Promise<string | undefined> {
    await this.#note('resolveLoginHint')
    return (await super.resolveLoginHint(hint, client)) ?? hint
  }

  override onError(error: unknown, context: ErrorContext): void {
    this.#called.push('onError')
    expect(error).toBeInstanceOf(TypeError)
    expect(context.endpoint).toBe('verification')
  }
}

it('a class may override every hook, have members of its own, and call super', async () => {
  const hooks = new Everything()
  const server = createPageServer({ hooks })
  const headers = basic('conf', confSecret)
  const codes = await server.start({ login_hint: 'alice' }, { headers })
  expect(codes).toMatchObject({ verification_uri: expect.stringMatching(/\/device$/), interval: 5 })
  expectError(await server.poll(codes.device_code, {}, { headers }), 'authorization_pending')
  expectError(await server.poll(codes.device_code, {}, { headers }), 'slow_down')
  const visitor = server.visit(alice)
  const query = await visitor.enter(codes.user_code)
  await visitor.post({ handle: await visitor.handle(query), action: 'approve' })
  const token = expectToken(await server.poll(codes.device_code, {}, { headers }))
  expect(token).toMatchObject({ account: 'alice', scope: 'profile', refresh_token: expect.any(String) })
  expect(await server.deviceAuth.authenticate(token.access_token)).toMatchObject({
    subject: 'alice',
    username: 'Alice',
  })
  // a user without an id is a mistake of the application
  expect((await server.visit({ nothing: 1 }).get('')).status).toBe(500)
  const all = Object.getOwnPropertyNames(DeviceAuthHooks.prototype).filter((name) => name !== 'constructor')
  expect([...hooks.called].sort()).toEqual(all.sort())
  expect(hooks.findAccount()).toBe('members of its own are no hooks')
})

describe('mistakes', () => {
  class Nothing extends DeviceAuthHooks {}

  it('one instance for two servers is refused, because super would use the wrong server', () => {
    const hooks = new Nothing()
    createTestServer({ hooks })
    expect(() => createTestServer({ hooks })).toThrow('these hooks already belong to another server')
  })

  it('a default hook cannot be called before its object has a server', () => {
    const hooks = new Everything()
    // biome-ignore lint/complexity/useLiteralKeys: called as no application should
    expect(() => DeviceAuthHooks.prototype['authenticateClient'].apply(hooks, [{} as ParsedRequest, 'token'])).toThrow(
      'a default hook was called before its object was passed to createDeviceAuth()',
    )
  })

  it('a method whose name is nearly that of a hook is refused as misspelt', () => {
    class Misspelt extends DeviceAuthHooks {
      generateUsercode(): string {
        return 'BCDF-GHJK'
      }
    }
    class Duck {
      saveTokens(): void {}
    }
    expect(() => createTestServer({ hooks: new Misspelt() })).toThrow('did you mean `generateUserCode`?')
    const duck: object = new Duck()
    expect(() => createTestServer({ hooks: duck })).toThrow('did you mean `saveToken`?')
  })

  it('getters of its own are not called', () => {
    class Lazy extends DeviceAuthHooks {
      get connection(): never {
        throw new Error('not connected')
      }
    }
    expect(() => createTestServer({ hooks: new Lazy() })).not.toThrow()
  })

  it('the class itself is not an object of hooks', () => {
    const itself: object = Nothing
    expect(() => createTestServer({ hooks: itself })).toThrow(/option `hooks` is a function/)
  })
})

describe('inheritance', () => {
  class Base extends DeviceAuthHooks {
    override generateUserCode(_context: DeviceAuthorizationContext): string | Promise<string> {
      return 'BCDF-GHJK'
    }
  }

  class Derived extends Base {
    override generateUserCode(context: DeviceAuthorizationContext): string {
      return String(super.generateUserCode(context)).replace('K', 'L')
    }
  }

  it('works over several classes', async () => {
    expect((await createTestServer({ hooks: new Derived() }).start()).user_code).toBe('BCDF-GHJL')
  })

  it('works with arrow functions in fields', async () => {
    class Fields extends DeviceAuthHooks {
      readonly #code = 'BCDF-GHJM'
      override generateUserCode = (): string => this.#code
    }
    expect((await createTestServer({ hooks: new Fields() }).start()).user_code).toBe('BCDF-GHJM')
  })

  it('a class that extends nothing is accepted', async () => {
    class Plain {
      private readonly codes = ['BCDF-GHJN']
      generateUserCode(): string {
        return this.codes[0] ?? ''
      }
    }
    expect((await createTestServer({ hooks: new Plain() }).start()).user_code).toBe('BCDF-GHJN')
  })
})

it('a subclass is checked by the compiler', async () => {
  class Misspelt extends DeviceAuthHooks {
    // @ts-expect-error: there is no such hook
    override generateUsercode(): string {
      return 'BCDF-GHJK'
    }
  }
  class Wrong extends DeviceAuthHooks {
    // @ts-expect-error: a code is a text
    override generateUserCode(): number {
      return 5
    }
    override onError(): void {}
  }
  expect(() => createTestServer({ hooks: new Misspelt() })).toThrow('did you mean `generateUserCode`?')
  const wrong: object = new Wrong()
  expectError(await createTestServer({ hooks: wrong }).deviceAuthorization(), 'server_error', 500)
})
