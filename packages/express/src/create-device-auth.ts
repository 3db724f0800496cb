import { createDeviceAuth as create, type DeviceAuth, type DeviceAuthOptions } from '@device-auth/core'
import type { Request } from 'express'

/**
 * Makes a device sign-in server, as `createDeviceAuth` of core does. `request.native`, which hooks get, has the type of the request of Express.
 *
 * @typeParam Native - A more exact type of it, with the members that middleware of the application adds.
 * @param options - The options. They are checked here, once.
 * @throws {OptionError} for an option that cannot work.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3 RFC 8628 section 3}
 */
export const createDeviceAuth: <Native extends Request = Request>(
  options: DeviceAuthOptions<Native>,
) => DeviceAuth<Native> = create
