import type { ServerContext } from '../contract/context.ts'
import { type Endpoint, jsonResponse } from '../http.ts'
import { jsonEndpoint } from './respond.ts'

/**
 * The endpoint of the public keys of tokens, each once. Caches may keep them for as long as the shortest `maxAge` says.
 *
 * @returns `undefined` if no option has keys.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-5 RFC 7517 section 5}
 */
export function jwksEndpoint<Native>(context: ServerContext<Native>): Endpoint<Native> | undefined {
  const { accessToken, openid } = context.options
  const sets = [accessToken.keys, openid?.keys].filter((keys) => keys !== undefined)
  if (sets.length === 0) return undefined
  const cached = {
    'content-type': 'application/jwk-set+json',
    'cache-control': `public, max-age=${Math.min(...sets.map((keys) => keys.maxAge))}`,
    'access-control-allow-origin': '*',
  }
  return jsonEndpoint('jwks', context, async () => {
    const lists = await Promise.all(sets.map((keys) => keys.list()))
    const keys = [...new Map(lists.flat().map((key) => [key.kid, key])).values()]
    const { status, headers, body } = jsonResponse(200, { keys }, cached)
    // HTTP/1.0's `no-cache` would contradict the header above
    return { status, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'pragma')), body }
  })
}
