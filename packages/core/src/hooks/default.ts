import { authenticateClient } from '../clients/authentication.ts'
import type { HookServer } from '../contract/context.ts'
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
} from '../contract/hook-arguments.ts'
import type { Hooks } from '../contract/hooks.ts'
import type { PageModel } from '../contract/pages/model.ts'
import type { DeviceCredential, UserGrant } from '../contract/store.ts'
import { randomToken } from '../crypto/random.ts'
import { hashSecret, secretsEqual } from '../crypto/secrets.ts'
import { OAuthError } from '../errors.ts'
import { type Awaitable, chain, type OAuthRequest, type ParsedRequest } from '../http.ts'
import { renderPage } from '../pages/render.ts'
import type { Client, TokenResponse } from '../protocol.ts'
import { intersectScope, isWithinScope, readScope } from '../scope.ts'
import { tokenTypeOf } from '../tokens/bound-text.ts'
import { createRefreshToken, isRefreshable } from '../tokens/refresh-token.ts'
import { nativeUser } from './native-user.ts'

/**
 * The method that gives a hooks object its server. `Symbol.for`: when the package is installed twice, both share it.
 */
export const connectHooks: unique symbol = Symbol.for('@device-auth/core/connect-hooks')

/**
 * The default hooks. Extend this class to override some of them and to call `super` for the default, and pass an
 * instance as the option `hooks`: one instance for each server. {@link Hooks} describes each hook.
 *
 * @typeParam Native - The framework's request, as hooks get it in `request.native`.
 */
export class DeviceAuthHooks<Native = unknown> implements Hooks<Native> {
  #context: HookServer<Native> | undefined;

  /** Called by `createDeviceAuth`. */
  [connectHooks](context: HookServer<Native>): void {
    if (this.#context !== undefined)
      throw new TypeError(
        'Device Auth: these hooks already belong to another server; make a new object for each server.',
      )
    this.#context = context
  }

  get #server(): HookServer<Native> {
    if (this.#context === undefined)
      throw new TypeError(
        'Device Auth: a default hook was called before its object was passed to createDeviceAuth() as `hooks`.',
      )
    return this.#context
  }

  generateUserCode(_context: DeviceAuthorizationContext<Native>): Awaitable<string> {
    return this.#server.codes.generate()
  }

  generateDeviceCode(_context: DeviceAuthorizationContext<Native>): Awaitable<string> {
    return randomToken()
  }

  getVerificationUri(_context: DeviceAuthorizationContext<Native>): Awaitable<string> {
    return this.#server.verificationOrigin + this.#server.verificationPath
  }

  saveDeviceCredential(
    credential: DeviceCredential,
    _context: DeviceAuthorizationContext<Native> & IssuedCodes,
  ): Awaitable<boolean> {
    return this.#server.store.createDeviceCredential(credential)
  }

  authenticateClient(request: ParsedRequest<Native>, endpoint: EndpointName): Awaitable<Client | undefined> {
    return authenticateClient(request, endpoint, this.#server.clientAuthentication)
  }

  verifyClientSecret(client: Client, secret: string): Awaitable<boolean> {
    const { client_secret, client_secret_hash } = client
    if (client_secret_hash !== undefined) return secretsEqual(client_secret_hash, hashSecret(secret))
    return client_secret !== undefined && secretsEqual(client_secret, secret)
  }

  validateRequestedScope(client: Client, scope: string | undefined): Awaitable<string> {
    const ceiling = client.device_scope ?? client.scope ?? ''
    const within = intersectScope(client.scope ?? '', ceiling).split(' ')
    const allowed = within.filter((part) => part !== '' && this.#server.knowsScope(part)).join(' ')
    // a client that asks for no scope gets all that it is registered for
    if (scope === undefined) return allowed
    const requested = readScope(scope).join(' ')
    if (!isWithinScope(requested, allowed)) throw new OAuthError('invalid_scope')
    return requested
  }

  validateTokenRequest({ parameters }: TokenRequest<Native>): Awaitable<void> {
    if (!parameters.has('device_code')) throw new OAuthError('invalid_request', 'device_code is missing.')
  }

  queryDeviceCredential(deviceCode: string, _request: TokenRequest<Native>): Awaitable<DeviceCredential | undefined> {
    return this.#server.store.findDeviceCredential(hashSecret(deviceCode), this.#server.now())
  }

  queryUserGrant(credential: DeviceCredential): Awaitable<UserGrant | undefined> {
    return credential.userGrant
  }

  shouldSlowDown(_credential: DeviceCredential, _now: number, verdict: boolean): Awaitable<boolean> {
    return verdict
  }

  isUserActive(_subject: string): Awaitable<boolean> {
    return true
  }

  beforeIssue(_approved: ApprovedGrant<Native>): Awaitable<boolean> {
    return true
  }

  generateToken(approved: ApprovedGrant<Native>): Awaitable<TokenResponse> {
    const { options, tokenKeys, now } = this.#server
    const { accessToken, issuer } = options
    const { confirmation, expiresBy = Number.POSITIVE_INFINITY, grantId, refreshConfirmation } = approved
    return chain(accessToken.issue(approved, { issuer, now: now() }), (access_token) => ({
      access_token,
      token_type: tokenTypeOf(confirmation, accessToken.tokenType),
      expires_in: Math.min(accessToken.expiresIn, Math.floor((expiresBy - now()) / 1000)),
      ...(isRefreshable(approved, options)
        ? { refresh_token: createRefreshToken(grantId, refreshConfirmation, tokenKeys) }
        : {}),
      scope: approved.scope,
    }))
  }

  createTokenResponse(token: TokenResponse, _approved: ApprovedGrant<Native>): Awaitable<TokenResponse> {
    return token
  }

  saveToken(_token: TokenResponse, _approved: ApprovedGrant<Native>): Awaitable<void> {}

  authenticateUser(request: OAuthRequest<Native>): Awaitable<User | undefined> {
    return nativeUser(request.native)
  }

  chooseGrantData(_approval: GrantApproval<Native>): Awaitable<Readonly<Record<string, unknown>> | undefined> {
    return undefined
  }

  renderPage(model: PageModel, _request?: OAuthRequest<Native>): Awaitable<string> {
    return renderPage(model)
  }

  describeRequester(_request: OAuthRequest<Native>): Awaitable<string | RequesterDescription | undefined> {
    return undefined
  }

  resolveLoginHint(_hint: string, _client: Client): Awaitable<string | undefined> {
    return undefined
  }

  onError(error: unknown, { endpoint, leftOut }: ErrorContext): void {
    const others = leftOut === undefined ? '' : ` (and ${leftOut} more in this second)`
    // biome-ignore lint/suspicious/noConsole: an application that wants its own log overrides this hook
    console.error(`Device Auth: ${endpoint}${others}:`, error)
  }
}
