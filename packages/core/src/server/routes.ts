import type { Traffic } from '../contract/traffic.ts'
import { OAuthError, refusalResponse } from '../errors.ts'
import type { Endpoint } from '../http.ts'

/** The endpoints of one path, by method. */
export type Methods<Native> = Readonly<Partial<Record<'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS', Endpoint<Native>>>>

/** Finds the endpoint for a method and a path. For a wrong method of a known path, an endpoint that answers 405. */
export type Route<Native> = (method: string, path: string) => Endpoint<Native> | undefined

/**
 * Makes the function that finds endpoints. HEAD is answered as GET: the platform leaves out the body.
 *
 * @param table - The endpoints by path.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6 RFC 9110 section 15.5.6}
 */
export function createRoute<Native>(table: ReadonlyMap<string, Methods<Native>>, traffic: Traffic): Route<Native> {
  const routes = new Map<string, Map<string, Endpoint<Native>>>()
  const refusals = new Map<string, Endpoint<Native>>()
  for (const [path, { GET, ...others }] of table) {
    const methods = new Map<string, Endpoint<Native>>()
    if (GET !== undefined) methods.set('GET', GET).set('HEAD', GET)
    for (const [method, endpoint] of Object.entries(others)) methods.set(method, endpoint)
    routes.set(path, methods)
    refusals.set(path, methodNotAllowed([...methods.keys()].join(', '), traffic))
  }
  return (method, path) => {
    const methods = routes.get(path)
    return methods === undefined ? undefined : (methods.get(method) ?? refusals.get(path))
  }
}

function methodNotAllowed<Native>(allow: string, traffic: Traffic): Endpoint<Native> {
  const error = new OAuthError('invalid_request', `Only ${allow} is allowed here.`, { status: 405, headers: { allow } })
  const response = Object.freeze(refusalResponse(error))
  return () => Promise.resolve(traffic.finish(response))
}
