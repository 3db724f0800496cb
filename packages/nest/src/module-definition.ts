import type { DeviceAuth, DeviceAuthOptions, DialectName, Hooks, PagesOptions, Paths } from '@device-auth/core'
import { compatibilityPaths, createDeviceAuth, defaultPaths, OptionError } from '@device-auth/core'
import { requireServer } from '@device-auth/core/node'
import type { DynamicModule, ModuleMetadata, Type } from '@nestjs/common'
import { type ConfigurableModuleAsyncOptions, ConfigurableModuleBuilder } from '@nestjs/common'
import { createController, type DescribedController } from './controller.ts'
import { DeviceAuthGuard } from './guard.ts'
import { checkPlaces, checkRoot, checkRootAsync, extraChecks } from './module-options.ts'
import { DEVICE_AUTH, DeviceAuthService } from './service.ts'

/** The injection token of the module's options, as `forRoot` or a factory gave them. */
export const DEVICE_AUTH_OPTIONS: unique symbol = Symbol.for('@device-auth/nest DEVICE_AUTH_OPTIONS')
/** The injection token of the controller's path and of the paths below it. */
export const DEVICE_AUTH_ROUTES: unique symbol = Symbol.for('@device-auth/nest DEVICE_AUTH_ROUTES')
const DEVICE_AUTH_HOOKS = Symbol.for('@device-auth/nest DEVICE_AUTH_HOOKS')

/**
 * The result of an options factory: the options of `createDeviceAuth`, or the object that it returned for them.
 *
 * @typeParam Native - The request of the platform, of Express or of Fastify, as hooks get it in `request.native`.
 */
export type DeviceAuthModuleOptions<Native = unknown> =
  | DeviceAuthOptions<Native>
  | { readonly deviceAuth: DeviceAuth<Native> }

/** Options that the module needs before any provider exists, because its routes and providers depend on them. */
export interface DeviceAuthModuleExtras<Native = unknown> {
  /** The path of the endpoints, below the global prefix. @default 'oauth' */
  readonly path?: string
  /** True if every module may inject the service and the guard. @default false */
  readonly isGlobal?: boolean
  /** Decorators of the controller, for example `[Public()]` to let requests past a global guard. */
  readonly decorators?: readonly ClassDecorator[]
  /** Options of the built-in pages; `false` if controllers of the application serve `/device` and `/devices`. */
  readonly pages?: PagesOptions | false | undefined
  /** The paths of single endpoints, as in the options of `createDeviceAuth`. */
  readonly paths?: Partial<Paths> | undefined
  /** The dialects of clients that others wrote, as in the options of `createDeviceAuth`. */
  readonly compatibility?: readonly DialectName[] | undefined
  /** The hooks, or an injectable class with them. */
  readonly hooks?: Partial<Hooks<Native>> | Type<Partial<Hooks<Native>>> | undefined
  /** The modules whose providers the hooks inject. */
  readonly imports?: ModuleMetadata['imports']
}

/** The interface of a class for `useClass` or `useExisting`. */
export interface DeviceAuthOptionsFactory {
  /** Called once, when the module is initialised. */
  createDeviceAuthOptions(): Promise<DeviceAuthModuleOptions> | DeviceAuthModuleOptions
}

/** The argument of `DeviceAuthModule.forRoot`. */
export type DeviceAuthRootOptions<Native = unknown> = DeviceAuthModuleExtras<Native> &
  (Omit<DeviceAuthOptions<Native>, 'hooks' | 'pages' | 'paths'> | { readonly deviceAuth: DeviceAuth<Native> })
/** The argument of `DeviceAuthModule.forRootAsync`. */
export type DeviceAuthModuleAsyncOptions<Native = unknown> = DeviceAuthModuleExtras<Native> &
  ConfigurableModuleAsyncOptions<DeviceAuthModuleOptions<Native>, 'createDeviceAuthOptions'>

const extraNames = Object.keys(extraChecks)

interface ModuleBase {
  new (): object
  /**
   * The module with these options, or with `{ deviceAuth }`, the object that `createDeviceAuth` returned.
   *
   * @throws {TypeError} for an option that is misspelt or wrong. Options of the server are checked when the module is initialised.
   */
  forRoot<Native = unknown>(options: DeviceAuthRootOptions<Native>): DynamicModule
  /**
   * The module with options from providers: `useFactory`, `useClass` or `useExisting`.
   *
   * @throws {TypeError} for an option that is missing, misspelt or wrong.
   */
  forRootAsync<Native = unknown>(options: DeviceAuthModuleAsyncOptions<Native>): DynamicModule
}

const Built: ModuleBase = new ConfigurableModuleBuilder<DeviceAuthModuleOptions>({
  optionsInjectionToken: DEVICE_AUTH_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createDeviceAuthOptions')
  .setExtras<DeviceAuthModuleExtras>(Object.fromEntries(extraNames.map((name) => [name, undefined])), define)
  .build().ConfigurableModuleClass

/** The class that Nest's builder makes, with types that the builder cannot express, and with checks of its arguments. */
export const DeviceAuthModuleBase: ModuleBase = checked(Built)

function checked(built: ModuleBase): ModuleBase {
  const { forRoot, forRootAsync } = built
  return Object.assign(built, {
    forRoot(this: ModuleBase, options: DeviceAuthRootOptions): DynamicModule {
      checkRoot(options)
      return forRoot.call(this, options)
    },
    forRootAsync(this: ModuleBase, options: DeviceAuthModuleAsyncOptions): DynamicModule {
      checkRootAsync(options)
      return forRootAsync.call(this, options)
    },
  })
}

function define(definition: DynamicModule, extras: DeviceAuthModuleExtras): DynamicModule {
  const { isGlobal, hooks } = extras
  // null counts as not given
  const path = extras.path ?? 'oauth'
  const [decorators, imports] = [extras.decorators ?? [], extras.imports ?? []]
  const paths = routesOf(extras)
  const { controller, describe } = createController(path, paths)
  for (const decorate of decorators) decorate(controller)
  const hooksProvider = typeof hooks === 'function' ? { useClass: hooks } : { useFactory: () => hooks }
  const inject = [DEVICE_AUTH_OPTIONS, DEVICE_AUTH_HOOKS]
  return {
    ...definition,
    global: isGlobal === true,
    imports: [...(definition.imports ?? []), ...imports],
    controllers: [controller],
    providers: [
      ...(definition.providers ?? []),
      { provide: DEVICE_AUTH_ROUTES, useValue: { path, paths: Object.values(paths) } },
      { provide: DEVICE_AUTH_HOOKS, ...hooksProvider },
      { provide: DEVICE_AUTH, inject, useFactory: described(serverFactory(extras), describe) },
      DeviceAuthService,
      DeviceAuthGuard,
    ],
    exports: [DEVICE_AUTH, DEVICE_AUTH_OPTIONS, DeviceAuthService, DeviceAuthGuard],
  }
}

/** A factory whose server describes itself to `@nestjs/swagger`, which may ask before the application is initialised. */
function described<Given extends unknown[]>(
  create: (...given: Given) => DeviceAuth,
  describe: DescribedController['describe'],
): (...given: Given) => DeviceAuth {
  return (...given) => {
    const deviceAuth = create(...given)
    describe(deviceAuth.openApi())
    return deviceAuth
  }
}

const serverFactory =
  ({ pages, paths, compatibility }: DeviceAuthModuleExtras) =>
  (options: DeviceAuthModuleOptions | undefined, hooks?: Partial<Hooks>) => {
    // without options, createDeviceAuth says what is expected
    const given = options ?? ({} as DeviceAuthModuleOptions)
    checkPlaces(given, { pages, paths, compatibility, hooks })
    if ('deviceAuth' in given && hooks)
      throw new OptionError(
        'hooks',
        hooks,
        'no hooks here, because `deviceAuth` has its own: give them to createDeviceAuth',
      )
    const more = {
      ...(pages && { pages }),
      ...(paths && { paths }),
      ...(compatibility && { compatibility }),
      ...(hooks && { hooks }),
    }
    const deviceAuth =
      'deviceAuth' in given
        ? requireServer('DeviceAuthModule', given.deviceAuth)
        : createDeviceAuth({ ...given, ...more })
    const routed = Object.values(routesOf({ paths, compatibility }))
    const missing = deviceAuth.paths.filter((path) => !routed.includes(path))
    if (missing.length === 0) return deviceAuth
    throw new OptionError(
      'paths',
      missing,
      'paths that are also given to forRoot or forRootAsync, because the routes are made before the server',
    )
  }

/** The paths that the controller serves, by name. They are known before the server is created. */
function routesOf({ paths, pages, compatibility }: DeviceAuthModuleExtras): Readonly<Record<string, string>> {
  const withoutPages = pages === false ? { verification: false, devices: false } : {}
  const entries = Object.entries({ ...defaultPaths, ...compatibilityPaths(compatibility), ...paths, ...withoutPages })
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
