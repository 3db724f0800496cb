import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DeviceAuth, Endpoint, OAuthResponse } from '@device-auth/core'
import { errorResponse, isOAuthError, openApiOperations } from '@device-auth/core'
import { formOf, requestHeaders, targetPath, targetQuery, writeResponse } from '@device-auth/core/node'
import { All, Controller, Next, Req, Res, SetMetadata, type Type, VERSION_NEUTRAL } from '@nestjs/common'
import { InjectDeviceAuth } from './service.ts'

/** Fastify's reply, as far as it matters. */
type Reply = Record<'code' | 'header' | 'send' | 'hijack' | 'callNotFound', (...values: readonly unknown[]) => unknown>
type NodeRequest = Parameters<typeof formOf>[0]
/** Express's request and response, or Fastify's around Node's own. */
type PlatformRequest = NodeRequest & { ip?: string; originalUrl?: string; raw?: NodeRequest }
type PlatformResponse = ServerResponse | (Reply & { readonly raw: ServerResponse })
export type Handler = (request: PlatformRequest, response: PlatformResponse, next: unknown) => Promise<void>

/** A method for each path, of every HTTP method, with request and response themselves: pipes and interceptors leave them. */
export function createController(path: string, paths: Readonly<Record<string, string>>): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
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
    for (const decorate of [All(path), ...describe(name)]) decorate(prototype, name, descriptor)
  }
  return DeviceAuthController
}

/** For `@nestjs/swagger`, by its metadata, so that it need not be there: pages are no API. */
function describe(name: string): MethodDecorator[] {
  const { responses, ...operation } = openApiOperations[name] ?? {}
  if (responses === undefined) return [SetMetadata('swagger/apiExcludeEndpoint', { disable: true })]
  const named = { ...operation, operationId: `deviceAuth_${name}`, tags: ['Device Auth'] }
  return [SetMetadata('swagger/apiOperation', named), SetMetadata('swagger/apiResponse', responses)]
}

/** Frameworks take more for a path than it is: other cases, a slash at its end, escapes. */
export async function serve(route: DeviceAuth['route'], path: string, ...exchange: Parameters<Handler>): Promise<void> {
  const [request, response, next] = exchange
  const { method = '', url = '' } = request.raw ?? request
  const target = targetPath(request.originalUrl ?? url)
  const endpoint = target.endsWith(path) && !target.includes('//') ? route(method, path) : undefined
  if (endpoint !== undefined) await answer(endpoint, path, request, response)
  else if ('raw' in response) response.callNotFound()
  else (next as () => void)()
}

const hidden = new WeakSet<IncomingMessage>()

/** Keeps body parsers away from a form: theirs take `device_code[]` for `device_code`, or answer in words of their own. */
export function hideBody(raw: IncomingMessage): void {
  const { 'content-type': _type, 'content-length': _length, 'transfer-encoding': _encoding, ...others } = raw.headers
  hidden.add(raw)
  Object.defineProperty(raw, 'headers', { value: others, configurable: true, writable: true })
}

async function answer(endpoint: Endpoint, path: string, request: PlatformRequest, to: PlatformResponse): Promise<void> {
  const raw = request.raw ?? request
  if (hidden.delete(raw)) Reflect.deleteProperty(raw, 'headers')
  const { method = '', url = '' } = raw
  const [headers, query] = [requestHeaders(raw), new URLSearchParams(targetQuery(url))]
  try {
    const form = method === 'POST' ? await formOf(raw, request.rawBody ?? request.body) : new URLSearchParams()
    // the client has gone in the middle of its form
    if (form === undefined) return
    respond(to, await endpoint({ method, path, query, headers, form, ip: request.ip, native: request }))
  } catch (error) {
    if (!isOAuthError(error)) throw error
    respond(to, errorResponse(error))
  }
}

/** The bytes as they are: Express would add an ETag; Fastify's `onSend` hooks and plugins expect to see them. */
function respond(to: PlatformResponse, response: OAuthResponse): void {
  const { status, headers, body } = response
  if ('raw' in to && status !== 413) {
    to.code(status)
    for (const [name, value] of Object.entries(headers)) to.header(name, value)
    to.send(body === '' ? undefined : body)
  } else {
    // who sends too much is still sending, and has to be heard to the end to read the answer
    if ('raw' in to) to.hijack()
    writeResponse('raw' in to ? to.raw : to, response)
  }
}
