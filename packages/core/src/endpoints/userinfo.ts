import type { ServerContext } from '../contract/context.ts'
import { type Endpoint, jsonResponse } from '../http.ts'
import { checkToken, type TokenAuthority } from '../tokens/bearer.ts'
import { authenticate } from '../tokens/find-token.ts'
import { jsonEndpoint } from './respond.ts'

/**
 * The UserInfo endpoint: claims about the user of an access token with the scope `openid`. The token comes in the header
 * `Authorization`.
 *
 * @returns `undefined` without the option `openid`.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#UserInfo OpenID Connect Core section 5.3}
 */
export function userInfoEndpoint<Native>(context: ServerContext<Native>): Endpoint<Native> | undefined {
  const { openid, options } = context
  if (openid === undefined) return undefined
  const { issuer, keyBinding } = options
  const dpopAlgorithms = keyBinding.find(({ method }) => method === 'jkt')?.algorithms
  const server = { issuer, baseUrl: issuer, ...(dpopAlgorithms === undefined ? {} : { dpopAlgorithms }) }
  return jsonEndpoint('userinfo', context, async ({ headers, native, method, path }) => {
    const authority: TokenAuthority = {
      ...server,
      authenticate: (token, presented) => authenticate(token, presented && { ...presented, native }, context),
    }
    const checked = await checkToken(authority, headers, { scope: 'openid', request: { method, path, native } })
    if ('response' in checked) {
      if (checked.cause !== undefined) context.fail('authenticate', checked.cause, { endpoint: 'userinfo', native })
      return checked.response
    }
    const { claims } = checked
    // the client compares `sub` with that of the id_token, so no hook may change it
    return jsonResponse(200, { ...(await openid.userInfo(claims)), sub: claims.subject })
  })
}
