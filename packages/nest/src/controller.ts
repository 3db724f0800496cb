// An adapter translates and decides nothing. This one does what a new one must do:
// 1. register the server's paths below the mount point, for every HTTP method: here; and those at the root of the host,
//    `pathsAtRoot`: module.ts;
// 2. find the endpoint by the path as it was sent, and let the framework go on where there is none: serve.ts;
// 3. let core read the form and run the endpoint, `answerNode`, and write the response in the framework's own way;
// 4. pass the client's address as the framework's proxy setting finds it, and the framework's request as `native`;
// 5. pass `adapterContract` of @device-auth/core/testing, with every body parser that applications put in front.
import type { DeviceAuth, OpenApiDocument } from '@device-auth/core'
import {
  All,
  Controller,
  Next,
  Req,
  RequestMapping,
  RequestMethod,
  Res,
  SetMetadata,
  type Type,
  VERSION_NEUTRAL,
} from '@nestjs/common'
import { OwnEndpoints } from './guard.ts'
import { type Handler, serve } from './serve.ts'
import { InjectDeviceAuth } from './service.ts'

/** A controller, and the function that gives its methods what `@nestjs/swagger` shows of them. */
export interface DescribedController {
  readonly controller: Type
  /** Nothing is shown before it is called. The pages are never shown, because they are no API. */
  describe(document: OpenApiDocument): void
}

/**
 * A controller with a method for each path, which takes every HTTP method. Its methods get request and response
 * themselves, so that pipes and interceptors do not change an answer.
 *
 * @param mount - The path of the controller, below the global prefix.
 * @param paths - The paths below `mount`, by the names of the methods.
 */
export function createController(mount: string, paths: Readonly<Record<string, string>>): DescribedController {
  @Controller({ path: mount, version: VERSION_NEUTRAL })
  @OwnEndpoints()
  class DeviceAuthController {
    @InjectDeviceAuth() readonly deviceAuth!: DeviceAuth
  }
  const { prototype } = DeviceAuthController
  const handlers = Object.entries(paths).flatMap(([name, path]) => handlersOf(name, path))
  const decorate = (name: string, decorators: readonly MethodDecorator[]): void => {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name)
    if (descriptor === undefined) throw new Error(`There is no handler ${name}.`)
    for (const each of decorators) each(prototype, name, descriptor)
  }
  for (const { name, path, routes } of handlers) {
    const value: Handler = function (this: DeviceAuthController, ...exchange) {
      return serve(this.deviceAuth.route, path, ...exchange)
    }
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true })
    for (const [index, parameter] of [Req(), Res(), Next()].entries()) parameter(prototype, name, index)
    decorate(name, [routes, hidden(true)])
  }
  const describe = (document: OpenApiDocument): void => {
    for (const { name, path, method } of handlers) decorate(name, openApiDecorators(document.paths[path] ?? {}, method))
  }
  return { controller: DeviceAuthController, describe }
}

/** The endpoints of an API with several methods. Each method has a handler of its own, because a handler has one description. */
const severalMethods: ReadonlySet<string> = new Set(['userinfo', 'registration'])
/** The methods that such a path takes one by one: HEAD goes with GET on both platforms. */
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const

interface RouteHandler {
  readonly name: string
  readonly path: string
  readonly routes: MethodDecorator
  /** The method that it describes; `undefined` for the only one of its path. */
  readonly method: string | undefined
}

function handlersOf(name: string, path: string): readonly RouteHandler[] {
  if (!severalMethods.has(name)) return [{ name, path, routes: All(path), method: undefined }]
  return methods.map((method) => ({
    name: `${name}_${method.toLowerCase()}`,
    path,
    routes: RequestMapping({ path, method: RequestMethod[method] }),
    method: method.toLowerCase(),
  }))
}

function hidden(disable: boolean): MethodDecorator {
  return SetMetadata('swagger/apiExcludeEndpoint', { disable })
}

/** Decorators for `@nestjs/swagger`, which need not be installed. The application adds security schemes under names of its own. */
function openApiDecorators(
  operations: OpenApiDocument['paths'][string],
  method: string | undefined,
): MethodDecorator[] {
  const found = Object.entries(operations).find(([each]) => method === undefined || each === method)
  if (found === undefined) return [hidden(true)]
  const { responses, security: _, parameters = [], ...operation } = found[1]
  return [
    hidden(false),
    SetMetadata('swagger/apiOperation', { ...operation, method: found[0] }),
    SetMetadata('swagger/apiParameters', parameters),
    SetMetadata('swagger/apiResponse', responses),
  ]
}
