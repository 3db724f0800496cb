import { createDeviceAuth, type DeviceAuth, defaultPaths, type Hooks, OptionError, type Paths } from '@device-auth/core'
import { ConfigurableModuleBuilder, type DynamicModule, type Provider } from '@nestjs/common'
import { createController } from './controller.ts'
import { DeviceAuthGuard } from './guard.ts'
import {
  DEVICE_AUTH_OPTIONS,
  type DeviceAuthModuleAsyncOptions,
  type DeviceAuthModuleExtras,
  type DeviceAuthModuleOptions,
  type DeviceAuthRootOptions,
} from './options.ts'
import { DEVICE_AUTH, DeviceAuthService } from './service.ts'

/** The token of what the controller serves, and where. */
export const DEVICE_AUTH_ROUTES: unique symbol = Symbol.for('@device-auth/nest DEVICE_AUTH_ROUTES')
export interface Routes {
  readonly path: string
  readonly paths: readonly string[]
}

const DEVICE_AUTH_HOOKS = Symbol.for('@device-auth/nest DEVICE_AUTH_HOOKS')

type Extras = { [Name in keyof Required<DeviceAuthModuleExtras>]: DeviceAuthModuleExtras[Name] }

const none: Extras = {
  path: undefined,
  isGlobal: undefined,
  decorators: undefined,
  pages: undefined,
  paths: undefined,
  hooks: undefined,
  imports: undefined,
}

/** What Nest's builder makes, with the types that it cannot express. */
interface ModuleBase {
  new (): object
  /** The options, or `{ deviceAuth }` with the server made of them. */
  forRoot(options: DeviceAuthRootOptions): DynamicModule
  /** The options from providers: `useFactory`, `useClass` or `useExisting`; beside it, what routes are made of. */
  forRootAsync(options: DeviceAuthModuleAsyncOptions): DynamicModule
}

export const DeviceAuthModuleBase: ModuleBase = new ConfigurableModuleBuilder<DeviceAuthModuleOptions>({
  optionsInjectionToken: DEVICE_AUTH_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createDeviceAuthOptions')
  .setExtras(none, define)
  .build().ConfigurableModuleClass

function define(definition: DynamicModule, extras: Extras): DynamicModule {
  const { path = 'oauth', isGlobal = false, decorators = [], hooks, imports = [] } = extras
  const routes = routesOf(extras)
  return {
    ...definition,
    global: isGlobal,
    imports: [...(definition.imports ?? []), ...imports],
    controllers: [createController(path, routes, decorators)],
    providers: [
      ...(definition.providers ?? []),
      { provide: DEVICE_AUTH_ROUTES, useValue: { path, paths: Object.values(routes) } },
      provideHooks(hooks),
      {
        provide: DEVICE_AUTH,
        inject: [DEVICE_AUTH_OPTIONS, DEVICE_AUTH_HOOKS],
        useFactory: (options: DeviceAuthModuleOptions, given: Partial<Hooks> | undefined) => {
          const deviceAuth = createServer(options, given, extras)
          checkRoutes(deviceAuth, extras)
          return deviceAuth
        },
      },
      DeviceAuthService,
      DeviceAuthGuard,
    ],
    exports: [DEVICE_AUTH, DEVICE_AUTH_OPTIONS, DeviceAuthService, DeviceAuthGuard],
  }
}

function provideHooks(hooks: DeviceAuthModuleExtras['hooks']): Provider {
  if (typeof hooks === 'function') return { provide: DEVICE_AUTH_HOOKS, useClass: hooks }
  if (typeof hooks === 'string' || typeof hooks === 'symbol') return { provide: DEVICE_AUTH_HOOKS, useExisting: hooks }
  return { provide: DEVICE_AUTH_HOOKS, useFactory: () => hooks }
}

function createServer(
  options: DeviceAuthModuleOptions,
  hooks: Partial<Hooks> | undefined,
  { pages, paths }: Extras,
): DeviceAuth {
  if (!('deviceAuth' in options)) {
    return createDeviceAuth({ ...options, ...(pages && { pages }), ...(paths && { paths }), ...(hooks && { hooks }) })
  }
  if (hooks !== undefined) throw new OptionError('hooks', hooks, 'given to createDeviceAuth, which made `deviceAuth`')
  return options.deviceAuth
}

/** The paths to be served, by name, known before the server is. */
function routesOf({ paths, pages }: Extras): Readonly<Record<string, string>> {
  const routes: Record<string, string> = {}
  for (const name of Object.keys(defaultPaths) as (keyof Paths)[]) {
    const path = paths?.[name] ?? defaultPaths[name]
    if (path !== false && (pages !== false || !isPage(name))) routes[name] = path
  }
  return routes
}

function isPage(name: keyof Paths): boolean {
  return name === 'verification' || name === 'devices'
}

/** A factory's options come too late for routes. */
function checkRoutes({ paths }: DeviceAuth, extras: Extras): void {
  const routed = Object.values(routesOf({ ...extras, pages: undefined }))
  const missing = paths.filter((path) => !routed.includes(path))
  if (missing.length > 0) {
    throw new OptionError(
      'paths',
      missing,
      'given to forRoot or forRootAsync itself: routes are made before the options',
    )
  }
}
