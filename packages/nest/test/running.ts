import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type DeviceAuthOptions,
  type DeviceAuthorizationResponse,
  deviceClient,
  type TokenResponse,
} from '@device-auth/core'
import type { INestApplication, ModuleMetadata, NestApplicationOptions } from '@nestjs/common'
import type { AbstractHttpAdapter } from '@nestjs/core'
import { afterEach, expect } from 'vitest'
import { createApplication } from './application.ts'
import type { Nest, Platform } from './majors.ts'

export const options: DeviceAuthOptions = {
  issuer: 'http://localhost/oauth',
  clients: [deviceClient({ client_id: 'tv', scope: 'videos admin' })],
  interval: 1,
}
/** The applications of a test, closed after it. */
export const running: INestApplication[] = []
afterEach(async () => {
  for (const app of running.splice(0)) await app.close()
})

type Prepare = (app: INestApplication) => void
/** An application of one module that listens on a free port. */
export async function start(
  nest: Nest,
  metadata: ModuleMetadata,
  platform: Platform | AbstractHttpAdapter = 'Express',
  prepare: Prepare = () => {},
  options: NestApplicationOptions = {},
): Promise<{ app: INestApplication; origin: string }> {
  const app = await createApplication(nest, platform, metadata, prepare, options)
  running.push(app)
  const server: Server = app.getHttpServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return { app, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** Sends a form. */
export function post(
  url: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(form), headers })
}

/** The whole sign-in, approved by the application; returns the access token. */
export async function signIn(nest: Nest, app: INestApplication, mount: string, scope: string): Promise<string> {
  const asked = await post(`${mount}/device_authorization`, { client_id: 'tv', scope })
  expect(asked.status).toBe(200)
  const { device_code, user_code } = (await asked.json()) as DeviceAuthorizationResponse
  expect(await app.get(nest.DeviceAuthService, { strict: false }).approve(user_code, { subject: 'ann' })).toBe(
    'decided',
  )
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const answered = await post(`${mount}/token`, { client_id: 'tv', grant_type, device_code })
  expect(answered.status).toBe(200)
  return ((await answered.json()) as TokenResponse).access_token
}

/** A guarded controller whose class and handlers require scopes. */
export function videosController(nest: Nest) {
  const { Controller, Get, UseGuards } = nest.common
  @Controller('videos')
  @UseGuards(nest.DeviceAuthGuard)
  @nest.Scopes('videos')
  class VideosController {
    @Get()
    list(@nest.DeviceToken() token: { clientId: string }, @nest.DeviceToken('subject') subject: string): object {
      return { clientId: token.clientId, subject }
    }
    @Get('admin')
    @nest.Scopes('admin')
    admin(): object {
      return {}
    }
  }
  return VideosController
}
