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
  if (found === undefined && provider !== undefined)
    throw usageError(
      `${plain(provider)} has a separate issuer for each customer.`,
      'Pass yours with --issuer https://...',
    )
  return found
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
