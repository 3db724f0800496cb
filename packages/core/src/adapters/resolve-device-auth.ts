import type { DeviceAuth } from '../contract/device-auth.ts'
import type { DeviceAuthOptions } from '../contract/options.ts'
import { createDeviceAuth } from '../server/create-device-auth.ts'

/** The argument of every adapter: a server, or the options to create one with. */
export type DeviceAuthOrOptions<Native = unknown> = DeviceAuth<Native> | DeviceAuthOptions<Native>

/**
 * The server itself, created if options are given. A server is recognised by its shape, because two copies of this
 * package may be installed.
 * @throws {OptionError} if an option is wrong.
 */
export function resolveDeviceAuth<Native>(deviceAuthOrOptions: DeviceAuthOrOptions<Native>): DeviceAuth<Native> {
  return isDeviceAuth(deviceAuthOrOptions) ? deviceAuthOrOptions : createDeviceAuth(deviceAuthOrOptions)
}

function isDeviceAuth<Native>(value: DeviceAuthOrOptions<Native>): value is DeviceAuth<Native> {
  // createDeviceAuth refuses what is neither, and says what is expected
  return typeof Reflect.get(Object(value), 'route') === 'function'
}
