import type { ProviderProfile } from './profile.ts'

/** The providers whose ways are known. */
export const profiles: readonly ProviderProfile[] = []

/** The profile of an issuer, if it has one. */
export function findProfile(issuer: string): ProviderProfile | undefined {
  if (!URL.canParse(issuer)) return undefined
  const { hostname } = new URL(issuer)
  return profiles.find(({ hosts }) =>
    hosts.some((host) => (host.startsWith('*') ? hostname.endsWith(host.slice(1)) : hostname === host)),
  )
}
