import { findProfile, type ProviderProfile, profiles } from '@device-auth/client'
import { usageError } from '../errors.ts'
import type { OwnerOptions } from '../options.ts'
import { plain } from '../terminal/plain-text.ts'

/** The issuer, as given or as the provider has it; nothing when neither is said. */
export function issuerOf({ issuer, provider }: OwnerOptions): string | undefined {
  const own = provider === undefined ? undefined : profileOf(provider).issuer
  const named = issuer ?? own
  if (named !== undefined && !URL.canParse(named))
    throw usageError(`--issuer is not a URL: ${plain(named)}`, 'It looks like https://example.com/oauth.')
  if (named === undefined && provider !== undefined)
    throw usageError(`${plain(provider)} has an issuer for each customer.`, 'Say which by --issuer https://...')
  return named
}

export function profileOf(provider: string): ProviderProfile {
  const profile = findProfile(provider)
  if (profile !== undefined) return profile
  const names = profiles.map(({ name }) => name).join(', ')
  throw usageError(`There is no provider ${plain(provider)}.`, `One of ${names}; any other server by --issuer.`)
}
