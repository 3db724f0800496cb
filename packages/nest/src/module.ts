import type { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type DeviceAuth, eventNames } from '@device-auth/core'
import { normalizePrefix, pathBelow, targetPath } from '@device-auth/core/node'
import type { NestModule, OnApplicationShutdown, OnModuleInit } from '@nestjs/common'
import { Inject, Logger, Module } from '@nestjs/common'
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core'
import { type Handler, hideBody, serve } from './controller.ts'
import { DEVICE_AUTH_ROUTES, DeviceAuthModuleBase } from './definition.ts'
import { InjectDeviceAuth } from './service.ts'

/**
 * The endpoints and pages as a controller, with {@link DeviceAuthService} and {@link DeviceAuthGuard} to inject. The
 * metadata is also at the root of the host (RFC 8414 section 3.1). Events go to `@nestjs/event-emitter`, if the
 * application has it, as `device-auth.approved` and so on.
 */
@Module({})
export class DeviceAuthModule extends DeviceAuthModuleBase implements NestModule, OnModuleInit, OnApplicationShutdown {
  @InjectDeviceAuth() private readonly deviceAuth!: DeviceAuth
  @Inject(DEVICE_AUTH_ROUTES) private readonly routes!: { path: string; paths: readonly string[] }
  @Inject(HttpAdapterHost) private readonly host!: HttpAdapterHost
  @Inject(ApplicationConfig) private readonly config!: ApplicationConfig
  @Inject(ModulesContainer) private readonly modules!: ModulesContainer

  /** Nest calls it when the global prefix is known and no route is there yet, so that no catch-all stands in front. */
  configure(): void {
    const { httpAdapter } = this.host
    const { path } = this.routes
    const { issuer, routeAtRoot } = this.deviceAuth
    const paths = this.deviceAuth.paths.filter((path) => this.routes.paths.includes(path))
    const { exclude = [] } = this.config.getGlobalPrefixOptions()
    const isExcluded = exclude.some(({ pathRegex }) => pathRegex.test(`${normalizePrefix(path)}${paths[0]}`))
    const mount = normalizePrefix(isExcluded ? path : `${this.config.getGlobalPrefix()}/${path}`)
    const issuerPath = normalizePrefix(new URL(issuer).pathname)
    if (issuerPath !== mount) new Logger('DeviceAuth').warn(`The endpoints are at ${mount}/, the issuer is ${issuer}`)
    httpAdapter.getHttpServer().prependListener('request', (raw: IncomingMessage) => {
      if (raw.method === 'POST' && paths.includes(pathBelow(targetPath(raw.url ?? ''), mount) ?? '')) hideBody(raw)
    })
    const atRoot = `/.well-known/oauth-authorization-server${issuerPath}`
    if (mount === '' && paths.includes(atRoot)) return
    httpAdapter.all(atRoot, (...exchange: Parameters<Handler>) => serve(routeAtRoot, atRoot, ...exchange))
  }

  /** The emitter is found by what it has: importing its package would make applications without it fail. */
  onModuleInit(): void {
    const providers = [...this.modules.values()].flatMap((module) => [...module.providers])
    const found = providers.find(([token]) => typeof token === 'function' && 'emitAsync' in Object(token.prototype))
    const emitter = found?.[1].instance as EventEmitter | undefined
    for (const name of emitter === undefined ? [] : eventNames) {
      this.deviceAuth.on(name, (event) => emitter?.emit(`device-auth.${name}`, event))
    }
  }

  onApplicationShutdown(): Promise<void> {
    return this.deviceAuth.close()
  }
}
