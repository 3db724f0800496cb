import { checkOptions, coreOwner, isAudience, isWholeFrom } from '../checks.ts'
import type { AccessTokenFormat } from '../contract/tokens.ts'
import { randomToken } from '../crypto/random.ts'
import { bindText, boundKey, withoutKey } from './bound-text.ts'

const opaque = /^([A-Za-z0-9_-]{43})\.[A-Za-z0-9_-]{43}$/

/** Checks the lifetime of a token: seconds, up to ten years. */
export const isTokenLifetime = isWholeFrom(1, 10 * 365 * 24 * 3600, 'seconds')

/**
 * The default format of access tokens: the id of the grant, so that a store finds it in one partition, 256 random
 * bits, and the thumbprint of the key if it is bound to one.
 *
 * @param options - `expiresIn`: lifetime in seconds, from 1; default 3600. `audience`: the resource servers that may accept a token
 *   for which no `resource` was asked; default: nothing says for whom it is.
 * @throws {OptionError} for a wrong name or value.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-10.10 RFC 6749 section 10.10}
 */
export function opaqueTokens(
  options: { readonly expiresIn?: number; readonly audience?: string | readonly string[] } = {},
): AccessTokenFormat {
  const checks = { expiresIn: isTokenLifetime, audience: isAudience }
  const { expiresIn = 3600, audience } = checkOptions(coreOwner('opaqueTokens'), options, checks)
  return {
    expiresIn,
    ...(audience === undefined ? {} : { audience }),
    issue: ({ grantId, confirmation }) => bindText(`${grantId}.${randomToken()}`, confirmation),
    locate: (token) => opaque.exec(withoutKey(token))?.[1],
    confirmation: boundKey,
  }
}
