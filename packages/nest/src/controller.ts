// An adapter translates and decides nothing. This one does what a new one must do:
// 1. register the server's paths below the mount point, for every HTTP method: here; and those at the root of the host,
//    `pathsAtRoot`: module.ts;
// 2. find the endpoint by the path as it was sent, and let the framework go on where there is none: serve.ts;
// 3. let core read the form and run the endpoint, `answerNode`, and write the response in the framework's own way;
// 4. pass the client's address as the framework's proxy setting finds it, and the framework's request as `native`;
// 5. pass `adapterContract` of @device-auth/core/testing, with every body parser that applications put in front.
import { type DeviceAuth, openApiOperations } from '@device-auth/core'
import { All, Controller, Next, Req, Res, SetMetadata, type Type, VERSION_NEUTRAL } from '@nestjs/common'
import { type Handler, serve } from './serve.ts'
import { InjectDeviceAuth } from './service.ts'

/**
 * A controller with a method for each path, which takes every HTTP method. Its methods get request and response
 * themselves, so that pipes and interceptors do not change an answer.
 *
 * @param mount - The path of the controller, below the global prefix.
 * @param paths - The paths below `mount`, by the names of the methods.
 */
export function createController(mount: string, paths: Readonly<Record<string, string>>): Type {
  @Controller({ path: mount, version: VERSION_NEUTRAL })
  class DeviceAuthController {
    @InjectDeviceAuth() readonly deviceAuth!: DeviceAuth
  }
  const { prototype } = DeviceAuthController
  for (const [name, path] of Object.entries(paths)) {
    const value: Handler = function (this: DeviceAuthController, ...exchange) {
      return serve(this.deviceAuth.route, path, ...exchange)
    }
    const descriptor = { value, writable: true, configurable: true }
    Object.defineProperty(prototype, name, descriptor)
    for (const [index, parameter] of [Req(), Res(), Next()].entries()) parameter(prototype, name, index)
    for (const decorate of [All(path), ...openApiDecorators(name)]) decorate(prototype, name, descriptor)
  }
  return DeviceAuthController
}

/** Decorators for `@nestjs/swagger`, which need not be installed; the pages are left out, because they are no API. */
function openApiDecorators(name: string): MethodDecorator[] {
  const { responses, ...operation } = openApiOperations[name] ?? {}
  if (responses === undefined) return [SetMetadata('swagger/apiExcludeEndpoint', { disable: true })]
  const named = { ...operation, operationId: `deviceAuth_${name}`, tags: ['Device Auth'] }
  return [SetMetadata('swagger/apiOperation', named), SetMetadata('swagger/apiResponse', responses)]
}
