import type { DeviceAuth, DeviceAuthOptions, Hooks, PagesOptions, Paths } from '@device-auth/core'
import type { ConfigurableModuleAsyncOptions, ModuleMetadata, Type } from '@nestjs/common'

/** The token of the module's options, as a factory or `forRoot` gave them. */
export const DEVICE_AUTH_OPTIONS: unique symbol = Symbol.for('@device-auth/nest DEVICE_AUTH_OPTIONS')

/** The options of `createDeviceAuth`, or the server that it has made of them. */
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
  readonly pages?: PagesOptions | false
  /** The same as in the options, where a factory would answer too late. */
  readonly paths?: Partial<Paths>
  /** The hooks, or an injectable class of them, or the token of a provider that `imports` export. */
  readonly hooks?: Partial<Hooks> | Type<Partial<Hooks>> | string | symbol
  /** Modules whose providers the hooks inject. */
  readonly imports?: ModuleMetadata['imports']
}

/** What a class for `useClass` or `useExisting` implements. */
export interface DeviceAuthOptionsFactory {
  createDeviceAuthOptions(): Promise<DeviceAuthModuleOptions> | DeviceAuthModuleOptions
}

/** What `forRootAsync` takes. */
export type DeviceAuthModuleAsyncOptions = DeviceAuthModuleExtras &
  ConfigurableModuleAsyncOptions<DeviceAuthModuleOptions, 'createDeviceAuthOptions'>

/** What `forRoot` takes. */
export type DeviceAuthRootOptions = DeviceAuthModuleExtras &
  (Omit<DeviceAuthOptions, 'hooks' | 'pages' | 'paths'> | { readonly deviceAuth: DeviceAuth })
