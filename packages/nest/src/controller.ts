import type { DeviceAuth } from '@device-auth/core'
import { targetPath } from '@device-auth/core/node'
import { All, Controller, Inject, Next, Req, Res, type Type, VERSION_NEUTRAL } from '@nestjs/common'
import { answer, goOn, type PlatformRequest, type PlatformResponse } from './exchange.ts'
import { DEVICE_AUTH } from './service.ts'

type Handler = (request: PlatformRequest, response: PlatformResponse, next: () => void) => Promise<void>

/**
 * A controller for the paths: a method for each, of every HTTP method, so that core refuses the wrong ones. It takes
 * the request and the response themselves, which pipes and interceptors leave alone.
 */
export function createController(
  prefix: string,
  paths: Readonly<Record<string, string>>,
  decorators: readonly ClassDecorator[],
): Type {
  class DeviceAuthController {
    readonly deviceAuth: DeviceAuth
    constructor(deviceAuth: DeviceAuth) {
      this.deviceAuth = deviceAuth
    }
  }
  Inject(DEVICE_AUTH)(DeviceAuthController, undefined, 0)
  Controller({ path: prefix, version: VERSION_NEUTRAL })(DeviceAuthController)
  for (const [name, path] of Object.entries(paths)) {
    const handler: Handler = function (this: DeviceAuthController, request, response, next) {
      return serve(this.deviceAuth.route, path, request, response, next)
    }
    addHandler(DeviceAuthController.prototype, name, path, handler)
  }
  for (const decorate of decorators) decorate(DeviceAuthController)
  return DeviceAuthController
}

function addHandler(prototype: object, name: string, path: string, value: Handler): void {
  const descriptor = { value, writable: true, configurable: true }
  Object.defineProperty(prototype, name, descriptor)
  for (const [index, parameter] of [Req(), Res(), Next()].entries()) parameter(prototype, name, index)
  All(path)(prototype, name, descriptor)
}

/** Frameworks take more for a path than it is: other cases, a slash at its end, escapes. */
export async function serve(
  route: DeviceAuth['route'],
  path: string,
  request: PlatformRequest,
  response: PlatformResponse,
  next: () => void,
): Promise<void> {
  const { method = '', url = '' } = request.raw ?? request
  const target = targetPath(request.originalUrl ?? url)
  const endpoint = target.endsWith(path) && !target.includes('//') ? route(method, path) : undefined
  if (endpoint === undefined) goOn(response, next)
  else await answer(endpoint, path, request, response)
}
