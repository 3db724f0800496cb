import { IncomingMessage } from 'node:http'
import {
  checkToken,
  type DeviceAuth,
  type OAuthResponse,
  type RequestHeaders,
  type TokenClaims,
} from '@device-auth/core'
import { requestHeaders } from '@device-auth/core/node'
import {
  type CanActivate,
  type CustomDecorator,
  createParamDecorator,
  type ExecutionContext,
  HttpException,
  Inject,
  Injectable,
  SetMetadata,
} from '@nestjs/common'
import { HttpAdapterHost, Reflector } from '@nestjs/core'
import { InjectDeviceAuth } from './service.ts'

const scopesKey = '@device-auth/nest scopes'

/** The scopes that {@link DeviceAuthGuard} asks of the token: those of the handler and those of its class. */
export const Scopes = (...scopes: readonly string[]): CustomDecorator => SetMetadata(scopesKey, scopes)

/** What the access token says, or one claim of it: `@DeviceToken('subject') subject: string`. */
export const DeviceToken: (claim?: keyof TokenClaims) => ParameterDecorator = createParamDecorator(
  (claim: keyof TokenClaims | undefined, context: ExecutionContext) => {
    const { deviceToken } = carrierOf(context)
    return claim === undefined ? deviceToken : deviceToken?.[claim]
  },
)

/** Where the claims are put: HTTP's request, GraphQL's context, the client of a WebSocket. */
function carrierOf(context: ExecutionContext): { deviceToken?: TokenClaims } {
  return context.getArgByIndex(context.getType<string>() === 'graphql' ? 2 : 0)
}

/**
 * Lets pass what carries a live access token in the Authorization header, with all {@link Scopes}; `@DeviceToken()` and
 * `request.deviceToken` have its claims. All others get an `HttpException` as RFC 6750 says: 400, 401 or 403; 503 when
 * the store fails.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750#section-3 RFC 6750 section 3}
 */
@Injectable()
export class DeviceAuthGuard implements CanActivate {
  readonly #deviceAuth: DeviceAuth
  readonly #reflector: Reflector
  readonly #host: HttpAdapterHost

  constructor(
    @InjectDeviceAuth() deviceAuth: DeviceAuth,
    @Inject(Reflector) reflector: Reflector,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
  ) {
    this.#deviceAuth = deviceAuth
    this.#reflector = reflector
    this.#host = host
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = this.getRequest(context)
    const scope = this.#reflector.getAllAndMerge<string[]>(scopesKey, [context.getClass(), context.getHandler()])
    const body: unknown = Reflect.get(request, 'body')
    const check = await checkToken(this.#deviceAuth, headersOf(request), { scope, body })
    if ('response' in check) this.refuse(context, check.response)
    else carrierOf(context).deviceToken = check.claims
    return 'claims' in check
  }

  /** The request whose headers have the token. Override it where GraphQL's context has it by a name other than `req`. */
  protected getRequest(context: ExecutionContext): object {
    const type = context.getType<string>()
    if (type === 'graphql') return context.getArgByIndex(2).req
    const carrier = context.getArgByIndex(0)
    return type === 'ws' ? (carrier.handshake ?? carrier) : carrier
  }

  /** Throws what becomes the answer. Override it for a `WsException` or an error of GraphQL's. */
  protected refuse(context: ExecutionContext, { status, headers, body }: OAuthResponse): void {
    if (context.getType() === 'http') {
      const { httpAdapter } = this.#host
      for (const [name, value] of Object.entries(headers)) {
        if (!name.startsWith('content-')) httpAdapter.setHeader(context.getArgByIndex(1), name, String(value))
      }
    }
    throw new HttpException(body === '' ? { statusCode: status } : JSON.parse(body), status)
  }
}

function headersOf(request: object): RequestHeaders {
  const raw: unknown = Reflect.get(request, 'raw') ?? request
  return raw instanceof IncomingMessage ? requestHeaders(raw) : (Reflect.get(request, 'headers') ?? {})
}
