import type { AccessTokenFormat } from '../contract/tokens.ts'
import { randomToken } from '../crypto/random.ts'

const opaque = /^([A-Za-z0-9_-]{43})\.[A-Za-z0-9_-]{43}$/

/**
 * The default format of access tokens: the id of the grant, so that a store finds it in one partition, and 256 random
 * bits.
 * @param options `expiresIn`: lifetime in seconds, default 3600.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-10.10 RFC 6749 section 10.10}
 */
export function opaqueTokens({ expiresIn = 3600 }: { readonly expiresIn?: number } = {}): AccessTokenFormat {
  return {
    expiresIn,
    issue: ({ grantId }) => `${grantId}.${randomToken()}`,
    locate: (token) => opaque.exec(token)?.[1],
  }
}
