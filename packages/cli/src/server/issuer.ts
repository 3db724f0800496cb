import { findProfile, type ProviderProfile, profiles } from '@device-auth/client'
import { usageError } from '../errors.ts'
import type { OwnerOptions } from '../options.ts'
import { plain } from '../terminal/plain-text.ts'

/** The issuer of `--issuer` or of `--provider`. `undefined` if neither is given. */
export function issuerOf({ issuer, provider }: OwnerOptions): string | undefined {
  const providerIssuer = provider === undefined ? undefined : profileOf(provider).issuer
  const found = issuer ?? providerIssuer
  if (found !== undefined && !URL.canParse(found))
    throw usageError(
      `--issuer must be a URL, not ${plain(found)}.`,
      'Use an address such as https://example.com/oauth.',
    )
  if (found !== undefined) refuseUnfit(found)
  if (found === undefined && provider !== undefined)
    throw usageError(
      `${plain(provider)} has a separate issuer for each customer.`,
      'Pass yours with --issuer https://...',
    )
  return found
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 section 2} */
function refuseUnfit(issuer: string): void {
  const { pathname, search, hash, username, password } = new URL(issuer)
  if (pathname.includes('/.well-known/'))
    throw usageError(
      '--issuer is the address of the metadata: it contains /.well-known/.',
      'Pass the issuer itself, which is the value of "issuer" in that document.',
    )
  if (search !== '' || hash !== '' || username !== '' || password !== '')
    throw usageError(
      '--issuer must not contain a user name, a password, a query or a fragment.',
      'Use an address such as https://example.com/oauth.',
    )
}

/** The client's profile of a provider. Throws a usage error for an unknown name. */
export function profileOf(provider: string): ProviderProfile {
  const profile = findProfile(provider)
  if (profile !== undefined) return profile
  const names = profiles.map(({ name }) => name).join(', ')
  throw usageError(
    `Unknown provider ${plain(provider)}.`,
    `Use one of ${names}, or pass --issuer for any other server.`,
  )
}
