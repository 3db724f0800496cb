import type { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type DeviceAuth, eventNames } from '@device-auth/core'
import { normalizePrefix, pathBelow, targetPath } from '@device-auth/core/node'
import type { NestModule, OnApplicationShutdown, OnModuleInit } from '@nestjs/common'
import { Inject, Logger, Module } from '@nestjs/common'
import { ApplicationConfig, HttpAdapterHost, ModulesContainer, Reflector } from '@nestjs/core'
import { DEVICE_AUTH_ROUTES, DeviceAuthModuleBase } from './module-definition.ts'
import { type Handler, hideBody, serve } from './serve.ts'
import { InjectDeviceAuth } from './service.ts'

/**
 * The endpoints and pages as a controller, with `DeviceAuthService` and `DeviceAuthGuard` to inject. It also serves the
 * metadata at the root of the host. If the application has `@nestjs/event-emitter`, events are emitted there as
 * `device-auth.approved` and so on.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3.1 RFC 8414 section 3.1}
 */
@Module({})
export class DeviceAuthModule extends DeviceAuthModuleBase implements NestModule, OnModuleInit, OnApplicationShutdown {
  @InjectDeviceAuth() private readonly deviceAuth!: DeviceAuth
  @Inject(DEVICE_AUTH_ROUTES) private readonly routes!: { path: string; paths: readonly string[] }
  @Inject(HttpAdapterHost) private readonly host!: HttpAdapterHost
  @Inject(ApplicationConfig) private readonly config!: ApplicationConfig
  @Inject(ModulesContainer) private readonly modules!: ModulesContainer

  /** Nest calls it when the global prefix is known and no route is registered, so that no catch-all stands in front. */
  configure(): void {
    // Nest gives no instance of a provider with the scope of a request
    if (this.deviceAuth === undefined) throw new TypeError(requestScoped)
    const { httpAdapter } = this.host
    const { issuer, pathsAtRoot, routeAtRoot } = this.deviceAuth
    const paths = this.deviceAuth.paths.filter((path) => this.routes.paths.includes(path))
    const mount = this.mountOf(paths)
    if (normalizePrefix(new URL(issuer).pathname) !== mount) {
      new Logger('DeviceAuth').warn(
        `The endpoints are at ${mount}/, but the issuer is ${issuer}, where devices look for them: set the option \`path\`, which ` +
          `is below the global prefix, or an issuer with the path ${mount || '/'}. If a proxy in front changes the path, ignore this.`,
      )
    }
    httpAdapter.getHttpServer().prependListener('request', (raw: IncomingMessage) => {
      // nobody parses the body of these; but Fastify refuses an empty one of DELETE that has the type of JSON
      if (raw.method === 'GET' || raw.method === 'HEAD') return
      const target = targetPath(raw.url ?? '')
      if (pathsAtRoot.includes(target) || paths.includes(pathBelow(target, mount) ?? '')) hideBody(raw)
    })
    for (const path of pathsAtRoot) {
      if (mount === '' && paths.includes(path)) continue
      httpAdapter.all(path, (...exchange: Parameters<Handler>) => serve(routeAtRoot, path, ...exchange))
    }
  }

  /**
   * The mount point: the path of the controller, below the path that `RouterModule` gave this module, and below the global prefix
   * unless that is excluded for it.
   */
  private mountOf([first]: readonly string[]): string {
    const ofModule = new Reflector().get<string | undefined>(
      `__module_path__${this.modules.applicationId}`,
      DeviceAuthModule,
    )
    const path = `${normalizePrefix(ofModule)}${normalizePrefix(this.routes.path)}`
    const { exclude = [] } = this.config.getGlobalPrefixOptions()
    const isExcluded = exclude.some(({ pathRegex }) => pathRegex.test(`${path}${first}`))
    return isExcluded ? path : `${normalizePrefix(this.config.getGlobalPrefix())}${path}`
  }

  /** The event emitter is found by its method: an import of its package would fail in applications without it. */
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

const requestScoped =
  'DeviceAuthModule: the server cannot be made for each request anew, but something that it injects has the scope of a request. ' +
  'Inject no such provider into useFactory, useClass or the class of hooks: hooks get the request as their argument, in `native`.'
