import type { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type DeviceAuth, eventNames } from '@device-auth/core'
import { normalizePrefix, pathBelow, targetPath } from '@device-auth/core/node'
import { Inject, Logger, Module, type NestModule, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common'
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core'
import { serve } from './controller.ts'
import { DEVICE_AUTH_ROUTES, DeviceAuthModuleBase, type Routes } from './definition.ts'
import { hideBody, type PlatformRequest, type PlatformResponse } from './exchange.ts'
import { InjectDeviceAuth } from './service.ts'

/**
 * The endpoints and pages as a controller, with {@link DeviceAuthService} and {@link DeviceAuthGuard} to inject. Who is
 * signed in is `request.user`, unless a hook says otherwise. The metadata is also at the root of the host (RFC 8414
 * section 3.1), outside the global prefix. Events go to `@nestjs/event-emitter`, if the application has it, as
 * `device-auth.approved` and so on.
 */
@Module({})
export class DeviceAuthModule extends DeviceAuthModuleBase implements NestModule, OnModuleInit, OnApplicationShutdown {
  readonly #deviceAuth: DeviceAuth
  readonly #routes: Routes
  readonly #host: HttpAdapterHost
  readonly #config: ApplicationConfig
  readonly #modules: ModulesContainer

  constructor(
    @InjectDeviceAuth() deviceAuth: DeviceAuth,
    @Inject(DEVICE_AUTH_ROUTES) routes: Routes,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(ApplicationConfig) config: ApplicationConfig,
    @Inject(ModulesContainer) modules: ModulesContainer,
  ) {
    super()
    this.#deviceAuth = deviceAuth
    this.#routes = routes
    this.#host = host
    this.#config = config
    this.#modules = modules
  }

  /** Nest calls it when the global prefix is known and no route is there yet, so that no catch-all stands in front. */
  configure(): void {
    const { httpAdapter } = this.#host
    const { path, paths } = this.#routes
    const mount = normalizePrefix(`${this.#config.getGlobalPrefix()}/${path}`)
    httpAdapter.getHttpServer().prependListener('request', (raw: IncomingMessage) => {
      if (raw.method === 'POST' && paths.includes(pathBelow(targetPath(raw.url ?? ''), mount) ?? '')) hideBody(raw)
    })
    const { issuer, routeAtRoot } = this.#deviceAuth
    const issuerPath = normalizePrefix(new URL(issuer).pathname)
    if (issuerPath !== mount) new Logger(DeviceAuthModule.name).warn(elsewhere(issuer, mount))
    const atRoot = `/.well-known/oauth-authorization-server${issuerPath}`
    if (mount === '' && paths.includes(atRoot)) return
    const handle = (request: PlatformRequest, response: PlatformResponse, next: unknown): Promise<void> =>
      serve(routeAtRoot, atRoot, request, response, next as () => void)
    httpAdapter.all(atRoot, handle)
  }

  onModuleInit(): void {
    const emitter = this.#findEmitter()
    if (emitter === undefined) return
    for (const name of eventNames) this.#deviceAuth.on(name, (event) => emitter.emit(`device-auth.${name}`, event))
  }

  onApplicationShutdown(): Promise<void> {
    return this.#deviceAuth.close()
  }

  /** By its name, because importing the package would make applications without it fail. */
  #findEmitter(): Pick<EventEmitter, 'emit'> | undefined {
    for (const { providers } of this.#modules.values()) {
      for (const [token, { instance }] of providers) {
        if (typeof token === 'function' && token.name === 'EventEmitter2') return instance as EventEmitter
      }
    }
    return undefined
  }
}

function elsewhere(issuer: string, mount: string): string {
  const served = mount === '' ? 'the root' : mount
  return `The issuer is ${issuer}, but the endpoints are at ${served}: without a proxy that rewrites, nobody finds them.`
}
