// One major of Nest with @nestjs/passport: imported as passport-nest10, -nest11 and -nest12 (vitest.config.ts).
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  Module,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common'
import { BaseExceptionFilter, HttpAdapterHost, NestFactory } from '@nestjs/core'
import { AuthGuard, PassportSerializer, PassportStrategy } from '@nestjs/passport'
import session from 'express-session'
import {
  DeviceCodeStrategy,
  type DeviceCodeStrategyOptions,
  type DeviceSignIn,
  DeviceTokenStrategy,
  oauthErrorHandler,
  type Profile,
  type TokenClaims,
} from '../src/index.ts'
import { deviceAuth } from './apps.ts'

class TokenStrategy extends PassportStrategy(DeviceTokenStrategy) {
  constructor() {
    super({ deviceAuth, scope: 'music' })
  }

  async validate({ subject }: TokenClaims): Promise<object> {
    return { id: subject }
  }
}
Injectable()(TokenStrategy)

/** Starts the log-in of Passport when the sign-in is done. */
class SignInGuard extends AuthGuard('device-code') {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    await super.canActivate(context)
    const req = context.switchToHttp().getRequest<SignInRequest & { readonly logIn: () => void }>()
    if (req.user !== undefined) await super.logIn(req)
    return true
  }
}
Injectable()(SignInGuard)

class Serializer extends PassportSerializer {
  serializeUser(user: object, done: (error: null, kept: object) => void): void {
    done(null, user)
  }

  deserializeUser(kept: object, done: (error: null, user: object) => void): void {
    done(null, kept)
  }
}
Injectable()(Serializer)

interface SignInRequest {
  readonly user?: object
  readonly deviceSignIn?: DeviceSignIn
}

class Pages {
  music({ user }: SignInRequest): object | undefined {
    return user
  }

  login({ user, deviceSignIn }: SignInRequest): object {
    return { user, deviceSignIn }
  }

  start(request: SignInRequest): object {
    return this.login(request)
  }
}
// the same as decorators, without their syntax
Controller()(Pages)
for (const [method, path, route, guard] of [
  ['music', 'music', Get, AuthGuard('device-token')],
  ['login', 'login', Get, SignInGuard],
  ['start', 'login', Post, SignInGuard],
] as const) {
  const descriptor = { value: Pages.prototype[method] }
  route(path)(Pages.prototype, method, descriptor)
  UseGuards(guard)(Pages.prototype, method, descriptor)
  Req()(Pages.prototype, method, 0)
}

/** Answers an OAuthError of the strategies in Nest. */
class OAuthErrorFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp()
    oauthErrorHandler()(error, http.getRequest(), http.getResponse(), () => super.catch(error, host))
  }
}
Catch()(OAuthErrorFilter)

/** An application with an API for tokens at `/music`, and a log-in by a device flow elsewhere at `/login`. */
export async function createApp(options: DeviceCodeStrategyOptions): Promise<INestApplication> {
  class CodeStrategy extends PassportStrategy(DeviceCodeStrategy) {
    constructor() {
      super(options)
    }

    async validate(
      _accessToken: string,
      _refreshToken: string | undefined,
      _params: object,
      { sub }: Profile,
    ): Promise<object> {
      return { id: sub }
    }
  }
  Injectable()(CodeStrategy)
  class Application {}
  Module({ controllers: [Pages], providers: [TokenStrategy, CodeStrategy, Serializer] })(Application)
  const app = await NestFactory.create(Application, { logger: false })
  app.use(session({ secret: 'test', resave: false, saveUninitialized: false }))
  app.useGlobalFilters(new OAuthErrorFilter(app.get(HttpAdapterHost).httpAdapter))
  return app.init()
}
