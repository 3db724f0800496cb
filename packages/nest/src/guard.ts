import { IncomingMessage } from 'node:http'
import {
  type AccessControl,
  checkOptions,
  checkToken,
  type DeviceAuth,
  isAcrValues,
  isMaxAge,
  type OAuthResponse,
  type TokenClaims,
} from '@device-auth/core'
import { requestHeaders } from '@device-auth/core/node'
import type { CanActivate, CustomDecorator, ExecutionContext } from '@nestjs/common'
import { createParamDecorator, HttpException, Inject, Injectable, SetMetadata } from '@nestjs/common'
import { HttpAdapterHost, Reflector } from '@nestjs/core'
import { InjectDeviceAuth } from './service.ts'

const stepUpKey = '@device-auth/nest step-up'
const audienceKey = '@device-auth/nest audience'
const scopesKey = '@device-auth/nest scopes'

const ownEndpointsKey = '@device-auth/nest own endpoints'

/** Marks the controller of the endpoints, which the guard lets through: a device that signs in has no token yet. */
export const OwnEndpoints = (): CustomDecorator => SetMetadata(ownEndpointsKey, true)

/**
 * The scopes that {@link DeviceAuthGuard} requires of a token: those of the handler and those of its class.
 *
 * @throws {TypeError} without scopes, and for an argument that is not one scope.
 */
export function Scopes(...scopes: readonly string[]): CustomDecorator {
  if (scopes.length > 0 && scopes.every((scope) => isScope.test(String(scope)) && typeof scope === 'string'))
    return SetMetadata(scopesKey, scopes)
  throw new TypeError("Scopes() needs scopes, each a string of its own, such as Scopes('profile', 'videos').")
}

/**
 * The resource server that {@link DeviceAuthGuard} requires in the audience of a token, or several of which it must name one. That of a handler
 * counts before that of its class.
 *
 * @throws {TypeError} without an audience, and for an argument that is no text.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8707#section-2 RFC 8707 section 2}
 */
export function Audience(...audience: readonly string[]): CustomDecorator {
  if (audience.length > 0 && audience.every((one) => typeof one === 'string' && one !== ''))
    return SetMetadata(audienceKey, audience)
  throw new TypeError("Audience() needs the address of a resource server, such as Audience('https://api.example.com').")
}

/**
 * The log-in that {@link DeviceAuthGuard} requires of the user who approved the device. That of a handler counts before that of its class.
 *
 * @throws {TypeError} without a demand, and for one that is misspelt or wrong.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9470#section-3 RFC 9470 section 3}
 */
export function StepUp(demands: Pick<AccessControl, 'acrValues' | 'maxAge'>): CustomDecorator {
  const known = checkOptions(
    { name: 'StepUp()', reference: 'See the README of @device-auth/nest.' },
    demands,
    stepUpChecks,
  )
  if (Object.keys(known).length > 0) return SetMetadata(stepUpKey, known)
  throw new TypeError('StepUp() needs acrValues, maxAge, or both, such as StepUp({ maxAge: 300 }).')
}

const stepUpChecks = { acrValues: isAcrValues, maxAge: isMaxAge }

/**
 * A scope, which has no space in it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 RFC 6749 section 3.3}
 */
const isScope = /^[\x21\x23-\x5b\x5d-\x7e]+$/

const claimNames: readonly string[] = [
  'subject',
  'username',
  'clientId',
  'scope',
  'audience',
  'authorizationDetails',
  'authentication',
  'issuedAt',
  'expiresAt',
  'grantId',
  'confirmation',
] satisfies (keyof TokenClaims)[]

/**
 * Injects the claims of the access token, or one of them: `@DeviceToken('subject') subject: string`.
 *
 * @throws {TypeError} for a claim that no token has.
 */
export function DeviceToken(claim?: keyof TokenClaims): ParameterDecorator {
  if (claim === undefined || claimNames.includes(claim)) return injectClaim(claim)
  throw new TypeError(`DeviceToken() has no claim \`${String(claim)}\`; expected one of ${claimNames.join(', ')}.`)
}

const injectClaim = createParamDecorator((claim: keyof TokenClaims | undefined, context: ExecutionContext) =>
  claim === undefined ? carrierOf(context).deviceToken : carrierOf(context).deviceToken?.[claim],
)

/** The object that gets the claims: the request in HTTP, the context in GraphQL, the client in a WebSocket. */
function carrierOf(context: ExecutionContext): Carrier {
  return context.getArgByIndex(context.getType<string>() === 'graphql' ? 2 : 0)
}

/** The request for the proof of a token that is bound to a key; none for a WebSocket, where such tokens are refused. */
function presentedRequest(request: object): Pick<AccessControl, 'request'> {
  const { method, originalUrl, url } = Object(request)
  const path: unknown = originalUrl ?? url
  if (typeof method !== 'string' || typeof path !== 'string') return {}
  return { request: { method, path, native: request } }
}

type Carrier = { deviceToken?: TokenClaims; req?: object; handshake?: object }

/**
 * Protects an API: lets requests pass whose Authorization header has a valid access token with all {@link Scopes}, for the {@link Audience}, after the log-in of {@link StepUp}, and
 * sets `request.deviceToken` to its claims. For other requests it throws an `HttpException` as RFC 6750 says, with 400,
 * 401 or 403, or with 503 if the store fails. As a guard of the whole application (`APP_GUARD`) it lets the endpoints of the module through.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
@Injectable()
export class DeviceAuthGuard implements CanActivate {
  @InjectDeviceAuth() private readonly deviceAuth!: DeviceAuth
  @Inject(Reflector) private readonly reflector!: Reflector
  @Inject(HttpAdapterHost) private readonly host!: HttpAdapterHost

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.get<boolean | undefined>(ownEndpointsKey, context.getClass()) === true) return true
    const request = Object(this.getRequest(context))
    const raw: unknown = Reflect.get(request, 'raw') ?? request
    const headers = raw instanceof IncomingMessage ? requestHeaders(raw) : (Reflect.get(request, 'headers') ?? {})
    const [handler, owner] = [context.getHandler(), context.getClass()]
    const scope = this.reflector.getAllAndMerge<string[]>(scopesKey, [owner, handler])
    const audience = this.reflector.getAllAndOverride<string[] | undefined>(audienceKey, [handler, owner])
    const stepUp = this.reflector.getAllAndOverride<Pick<AccessControl, 'acrValues' | 'maxAge'> | undefined>(
      stepUpKey,
      [handler, owner],
    )
    const access = {
      scope,
      ...stepUp,
      ...(audience && { audience }),
      ...presentedRequest(request),
      body: Reflect.get(request, 'body'),
    }
    const check = await checkToken(this.deviceAuth, headers, access)
    if ('response' in check) {
      const refusal = this.refusal(check.response, context)
      if (check.cause !== undefined) refusal.cause ??= check.cause
      throw refusal
    }
    carrierOf(context).deviceToken = check.claims
    return true
  }

  /** The request whose headers have the token. Override it if GraphQL's context has it by a name other than `req`. */
  protected getRequest(context: ExecutionContext): object {
    // the data of a message may be a text or nothing
    const carrier: Carrier = Object(carrierOf(context))
    return carrier.req ?? carrier.handshake ?? carrier
  }

  /** The error to throw, which also sets the headers of an HTTP response. Override it for a `WsException` or an error of GraphQL. */
  protected refusal({ status, headers, body }: OAuthResponse, context: ExecutionContext): Error {
    for (const [name, value] of context.getType() === 'http' ? Object.entries(headers) : []) {
      if (!name.startsWith('content-')) this.host.httpAdapter.setHeader(context.getArgByIndex(1), name, String(value))
    }
    return new HttpException(body === '' ? { statusCode: status, message: 'Unauthorized' } : JSON.parse(body), status)
  }
}
