import { describe, expect, it } from 'vitest'
import { checkGuard } from '../../src/adapters/arguments.ts'
import { type AccessControl, checkToken, type TokenAuthority } from '../../src/tokens/bearer.ts'
import type { KnownLogIn, LogInDemands } from '../../src/tokens/step-up.ts'

const now = 1_000_000_000
const claims = { subject: 'ada', clientId: 'tv', scope: 'profile', issuedAt: 0, expiresAt: 1, grantId: 'g' }

/** The status and the challenge for a token of this log-in, sent to a guard with these demands. */
async function guarded(
  authentication: KnownLogIn | undefined,
  access: AccessControl,
  more: Partial<TokenAuthority> = {},
  scheme = 'Bearer',
): Promise<{ readonly status: number; readonly challenge?: string; readonly error?: string }> {
  const authority = {
    issuer: 'https://example.com',
    clock: () => now,
    ...more,
    authenticate: () => ({ ...claims, authentication }),
  }
  const check = await checkToken(authority, { authorization: `${scheme} token` }, access)
  if ('claims' in check) return { status: 200 }
  const { status, headers, body } = check.response
  return { status, challenge: String(headers['www-authenticate']), error: JSON.parse(body).error }
}

describe('the demands of a resource on the log-in', () => {
  it.each<[KnownLogIn | undefined, LogInDemands, number]>([
    [{ acr: 'gold', time: now }, { acrValues: 'silver gold' }, 200],
    [{ acr: 'gold', time: now }, { acrValues: ['gold'] }, 200],
    [{ acr: 'bronze', time: now }, { acrValues: 'silver gold' }, 401],
    // no name is a part of another one
    [{ acr: 'gold', time: now }, { acrValues: 'golden' }, 401],
    [{ acr: '', time: now }, { acrValues: 'gold' }, 401],
    [{ time: now }, { acrValues: 'gold' }, 401],
    [undefined, { acrValues: 'gold' }, 401],
    [{ time: now - 300_000 }, { maxAge: 300 }, 200],
    [{ time: now - 301_000 }, { maxAge: 300 }, 401],
    [{ time: now }, { maxAge: 0 }, 200],
    [{ time: now - 1000 }, { maxAge: 0 }, 401],
    [{ acr: 'gold' }, { maxAge: 300 }, 401],
    [undefined, { maxAge: 300 }, 401],
    [{ acr: 'gold', time: now - 301_000 }, { acrValues: 'gold', maxAge: 300 }, 401],
    [{ acr: 'bronze', time: now }, { acrValues: 'gold', maxAge: 300 }, 401],
    [{ acr: 'gold', time: now }, { acrValues: 'gold', maxAge: 300 }, 200],
    [undefined, {}, 200],
  ])('%j with %j: %i', async (authentication, demands, status) => {
    expect((await guarded(authentication, demands)).status).toBe(status)
  })

  it('9470-3 the challenge has the error, the classes, the age, and the scope that is needed', async () => {
    const refused = await guarded(undefined, { acrValues: ['urn:gold', 'urn:silver'], maxAge: 300, scope: 'profile' })
    expect(refused).toMatchObject({ status: 401, error: 'insufficient_user_authentication' })
    expect(refused.challenge).toBe(
      'Bearer realm="https://example.com", error="insufficient_user_authentication", ' +
        'error_description="The user has to log in again, more recently or in a stronger way.", ' +
        'acr_values="urn:gold urn:silver", max_age="300", scope="profile"',
    )
    const { challenge } = await guarded(undefined, { maxAge: 0 })
    expect(challenge).toMatch(/max_age="0"$/)
    expect(challenge).not.toContain('acr_values')
  })

  it('9470-3 9449-7.1-1 a token by the scheme DPoP is challenged by the same scheme', async () => {
    const { challenge } = await guarded(undefined, { maxAge: 300 }, { dpopAlgorithms: ['ES256'] }, 'DPoP')
    expect(challenge).toMatch(/^DPoP .*error="insufficient_user_authentication".*max_age="300", algs="ES256"$/)
  })

  it('a missing scope is told first: no log-in mends it', async () => {
    expect(await guarded(undefined, { maxAge: 300, scope: 'admin' })).toMatchObject({ error: 'insufficient_scope' })
  })
})

describe('the options of a guard', () => {
  const authority: TokenAuthority = { issuer: 'https://example.com', authenticate: () => undefined }

  it.each<[string, unknown]>([
    ['acrValues', ''],
    ['acrValues', []],
    ['acrValues', 'gold  silver'],
    ['acrValues', ['gold silver']],
    ['acrValues', ['a"b']],
    ['acrValues', 'line\nbreak'],
    ['acrValues', [1]],
    ['acrValues', 7],
    ['maxAge', -1],
    ['maxAge', 1.5],
    ['maxAge', Number.NaN],
    ['maxAge', '300'],
    ['maxage', 300],
    ['acr_values', 'gold'],
  ])('%s: %j is refused when the guard is made', (name, value) => {
    expect(() => checkGuard('requireToken', authority, { [name]: value })).toThrow(new RegExp(name))
  })

  it('take what is right', () => {
    for (const access of [{ acrValues: 'a b' }, { acrValues: ['a'], maxAge: 0 }, { maxAge: 300 }])
      expect(() => checkGuard('requireToken', authority, access)).not.toThrow()
  })
})
