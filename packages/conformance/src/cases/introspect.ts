import type { ConformanceContext } from '../case.ts'
import { client, postAs } from '../client.ts'
import { check, expectJson, expectNoStore } from '../expect.ts'
import type { HttpResponse } from '../http.ts'

/** Sends an introspection request as the resource server. */
export function introspectResponse(
  t: ConformanceContext,
  token: string,
  more: Readonly<Record<string, string>> = {},
): Promise<HttpResponse> {
  return postAs(t, client(t, 'resourceServer'), t.endpoints.introspection ?? '', { token, ...more })
}

/** The members of the introspection response for a token. */
export async function introspect(
  t: ConformanceContext,
  token: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const response = await introspectResponse(t, token, more)
  check(response.status === 200, '200 with active', response)
  if (t.strict) expectNoStore(response)
  const content = expectJson(response)
  check(typeof content.active === 'boolean', 'active, a boolean', response)
  return content
}

/** Fails if the introspection response says that the token is active. */
export async function expectNotActive(t: ConformanceContext, token: string, what: string): Promise<void> {
  if (t.strict) return expectInactive(t, token, what)
  check((await introspect(t, token)).active === false, `active: false for ${what}`)
}

/** Fails unless the introspection response is exactly `{"active":false}`. */
export async function expectInactive(t: ConformanceContext, token: string, what: string): Promise<void> {
  const content = await introspect(t, token)
  check(
    JSON.stringify(content) === '{"active":false}',
    `{"active":false} and nothing more for ${what}, not active: ${String(content.active)} with the members ${Object.keys(content).join(', ')}`,
  )
}
