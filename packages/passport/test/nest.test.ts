import {
  type ArgumentsHost,
  Catch,
  Controller,
  Get,
  type INestApplication,
  Injectable,
  Module,
  Req,
  UseGuards,
} from '@nestjs/common'
import { BaseExceptionFilter, HttpAdapterHost, NestFactory } from '@nestjs/core'
import { AuthGuard, PassportStrategy } from '@nestjs/passport'
import request from 'supertest'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DeviceTokenStrategy, oauthErrorHandler, type TokenClaims } from '../src/index.ts'
import { deviceAuth } from './apps.ts'

class NestStrategy extends PassportStrategy(DeviceTokenStrategy) {
  constructor() {
    super({ deviceAuth, scope: 'music' })
  }

  async validate({ subject }: TokenClaims): Promise<object> {
    return { id: subject }
  }
}
Injectable()(NestStrategy)

class Resource {
  read(req: { readonly user: object }): object {
    return req.user
  }
}
// as decorators would, without their syntax
Controller()(Resource)
Get()(Resource.prototype, 'read', { value: Resource.prototype.read })
UseGuards(AuthGuard('device-token'))(Resource)
Req()(Resource.prototype, 'read', 0)

/** What Passport's errors need in Nest. */
class OAuthErrorFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp()
    oauthErrorHandler()(error, http.getRequest(), http.getResponse(), () => super.catch(error, host))
  }
}
Catch()(OAuthErrorFilter)

class Application {}
Module({ controllers: [Resource], providers: [NestStrategy] })(Application)

let app: INestApplication
beforeAll(async () => {
  app = await NestFactory.create(Application, { logger: false })
  app.useGlobalFilters(new OAuthErrorFilter(app.get(HttpAdapterHost).httpAdapter))
  await app.init()
})
afterAll(() => app.close())

it('under @nestjs/passport a good token gives its user, by validate()', async () => {
  const { status, body } = await request(app.getHttpServer()).get('/').set('authorization', 'Bearer good')
  expect([status, body]).toEqual([200, { id: 'ann' }])
})

it('under @nestjs/passport the others are refused with their status, and by a filter with RFC JSON', async () => {
  for (const [authorization, status, error] of [
    ['', 401, 'Unauthorized'],
    ['Bearer wrong', 401, 'Unauthorized'],
    ['Bearer a b', 400, 'invalid_request'],
    ['Bearer down', 503, 'temporarily_unavailable'],
  ] as const) {
    const { status: found, body } = await request(app.getHttpServer()).get('/').set({ authorization })
    expect([found, body.error ?? body.message], authorization).toEqual([status, error])
  }
})
