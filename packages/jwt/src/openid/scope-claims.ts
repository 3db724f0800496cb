/** The claims that each scope gives. */
const byScope: Readonly<Record<string, readonly string[]>> = {
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
}

/** The standard claims about a user. */
export const scopeClaims: readonly string[] = Object.values(byScope).flat()

/**
 * Leaves out the standard claims whose scope is not granted.
 *
 * @param scope - Space-delimited.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims OpenID Connect Core section 5.4}
 */
export function claimsOfScope(
  claims: Readonly<Record<string, unknown>>,
  scope: string,
): Readonly<Record<string, unknown>> {
  const granted = scope.split(' ').flatMap((name) => (Object.hasOwn(byScope, name) ? (byScope[name] ?? []) : []))
  const goesOut = (name: string): boolean => !scopeClaims.includes(name) || granted.includes(name)
  return Object.fromEntries(Object.entries(claims).filter(([name]) => goesOut(name)))
}
