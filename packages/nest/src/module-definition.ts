import type { DeviceAuth, DeviceAuthOptions, Hooks, PagesOptions, Paths } from '@device-auth/core'
import { createDeviceAuth, defaultPaths, OptionError } from '@device-auth/core'
import type { DynamicModule, ModuleMetadata, Type } from '@nestjs/common'
import { type ConfigurableModuleAsyncOptions, ConfigurableModuleBuilder } from '@nestjs/common'
import { createController } from './controller.ts'
import { DeviceAuthGuard } from './guard.ts'
import { DEVICE_AUTH, DeviceAuthService } from './service.ts'

/** The token of the module's options, as `forRoot` or a factory gave them. */
export const DEVICE_AUTH_OPTIONS: unique symbol = Symbol.for('@device-auth/nest DEVICE_AUTH_OPTIONS')
export const DEVICE_AUTH_ROUTES: unique symbol = Symbol.for('@device-auth/nest DEVICE_AUTH_ROUTES')
const DEVICE_AUTH_HOOKS = Symbol.for('@device-auth/nest DEVICE_AUTH_HOOKS')

/** What a factory gives: the options of `createDeviceAuth`, or the server that it has made of them. */
export type DeviceAuthModuleOptions = DeviceAuthOptions | { readonly deviceAuth: DeviceAuth }

/** What the module has to know before any provider exists, because routes and providers are made of it. */
export interface DeviceAuthModuleExtras {
  /** Where the endpoints are, below the global prefix. @default 'oauth' */
  readonly path?: string
  /** Whether every module may inject the service and the guard. @default false */
  readonly isGlobal?: boolean
  /** Decorators of the controller: `[Public()]`, where a global guard would stand in the way. */
  readonly decorators?: readonly ClassDecorator[]
  /** `false` leaves the page for codes and the page of devices to controllers of the application. */
  readonly pages?: PagesOptions | false | undefined
  /** As in the options, where a factory would answer too late. */
  readonly paths?: Partial<Paths> | undefined
  /** The hooks, or an injectable class of them. */
  readonly hooks?: Partial<Hooks> | Type<Partial<Hooks>> | undefined
  /** Modules whose providers the hooks inject. */
  readonly imports?: ModuleMetadata['imports']
}

/** What a class for `useClass` or `useExisting` implements. */
export interface DeviceAuthOptionsFactory {
  createDeviceAuthOptions(): Promise<DeviceAuthModuleOptions> | DeviceAuthModuleOptions
}

/** What `forRoot` takes. */
export type DeviceAuthRootOptions = DeviceAuthModuleExtras &
  (Omit<DeviceAuthOptions, 'hooks' | 'pages' | 'paths'> | { readonly deviceAuth: DeviceAuth })
/** What `forRootAsync` takes. */
export type DeviceAuthModuleAsyncOptions = DeviceAuthModuleExtras &
  ConfigurableModuleAsyncOptions<DeviceAuthModuleOptions, 'createDeviceAuthOptions'>

const extraNames = ['path', 'isGlobal', 'decorators', 'pages', 'paths', 'hooks', 'imports']

/** What Nest's builder makes, with types that it cannot express. */
export const DeviceAuthModuleBase: {
  new (): object
  /** The options, or `{ deviceAuth }` with the server made of them. */
  forRoot(options: DeviceAuthRootOptions): DynamicModule
  /** The options from providers: `useFactory`, `useClass` or `useExisting`; beside it, what routes are made of. */
  forRootAsync(options: DeviceAuthModuleAsyncOptions): DynamicModule
} = new ConfigurableModuleBuilder<DeviceAuthModuleOptions>({ optionsInjectionToken: DEVICE_AUTH_OPTIONS })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createDeviceAuthOptions')
  .setExtras<DeviceAuthModuleExtras>(Object.fromEntries(extraNames.map((name) => [name, undefined])), define)
  .build().ConfigurableModuleClass

function define(definition: DynamicModule, extras: DeviceAuthModuleExtras): DynamicModule {
  const { path = 'oauth', isGlobal = false, decorators = [], hooks, imports = [] } = extras
  const paths = routesOf(extras)
  const controller = createController(path, paths)
  for (const decorate of decorators) decorate(controller)
  const hooksProvider = typeof hooks === 'function' ? { useClass: hooks } : { useFactory: () => hooks }
  const inject = [DEVICE_AUTH_OPTIONS, DEVICE_AUTH_HOOKS]
  return {
    ...definition,
    global: isGlobal,
    imports: [...(definition.imports ?? []), ...imports],
    controllers: [controller],
    providers: [
      ...(definition.providers ?? []),
      { provide: DEVICE_AUTH_ROUTES, useValue: { path, paths: Object.values(paths) } },
      { provide: DEVICE_AUTH_HOOKS, ...hooksProvider },
      { provide: DEVICE_AUTH, inject, useFactory: serverFactory(extras) },
      DeviceAuthService,
      DeviceAuthGuard,
    ],
    exports: [DEVICE_AUTH, DEVICE_AUTH_OPTIONS, DeviceAuthService, DeviceAuthGuard],
  }
}

const serverFactory =
  ({ pages, paths }: DeviceAuthModuleExtras) =>
  (given: DeviceAuthModuleOptions, hooks?: Partial<Hooks>) => {
    if ('deviceAuth' in given && hooks) throw new OptionError('hooks', hooks, 'given to createDeviceAuth')
    const more = { ...(pages && { pages }), ...(paths && { paths }), ...(hooks && { hooks }) }
    const deviceAuth = 'deviceAuth' in given ? given.deviceAuth : createDeviceAuth({ ...given, ...more })
    const routed = Object.values(routesOf({ paths }))
    const missing = deviceAuth.paths.filter((path) => !routed.includes(path))
    if (missing.length === 0) return deviceAuth
    throw new OptionError('paths', missing, 'given to forRoot or forRootAsync itself')
  }

/** The paths to be served, by name, known before the server is. */
function routesOf({ paths, pages }: DeviceAuthModuleExtras): Readonly<Record<string, string>> {
  const left = pages === false ? { verification: false, devices: false } : {}
  const entries = Object.entries({ ...defaultPaths, ...paths, ...left })
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
