import { OptionError } from '../checks.ts'
import { createUserCodes, lookAlikesIn } from '../codes/user-codes.ts'
import { compatibilityPaths, dialectsOf } from '../compatibility/dialects.ts'
import type { UserCodeShape } from '../contract/codes.ts'
import type { DeviceAuthOptions } from '../contract/options.ts'
import type { Paths } from '../contract/paths.ts'
import type { ResolvedOptions } from '../contract/resolved-options.ts'
import { ANY_CODE_ODDS, GIVEN_CODE_ODDS } from '../limits/guess-odds.ts'
import { isSecureUrl, urlBelow } from '../url.ts'
import { openIdNeeded } from './clients.ts'
import { isPatterned, makeSecret } from './secret-strength.ts'
import { warnOnce } from './warn-once.ts'

/** An http or https URL without query, fragment, white space, quotation marks, brackets, backslash, `^`, `|` or backtick. */
const plainUrl = /^https?:\/\/[^\s"<>\\^`{|}?#]+$/i

/**
 * Checks the option `issuer`: an https URL without query and fragment, or an http URL of this machine.
 *
 * @throws {OptionError}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 section 2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628 section 3.1}
 */
export function checkIssuer(issuer: string, allowHttp: boolean): void {
  const expected =
    'an https URL in ASCII without query, fragment or credentials (http only on localhost, or with dangerouslyAllowHttp)'
  if (!plainUrl.test(issuer) || !/^[\x21-\x7e]+$/.test(issuer) || !URL.canParse(issuer)) {
    throw new OptionError('issuer', issuer, expected)
  }
  const url = new URL(issuer)
  if (!(isSecureUrl(url) || allowHttp) || url.username !== '' || url.password !== '')
    throw new OptionError('issuer', issuer, expected)
}

/** Checks that no two endpoints have the same path: one would hide the other. */
export function checkPathsDiffer(paths: Paths): void {
  const names = new Map<string, string>()
  for (const [name, path] of Object.entries(paths)) {
    if (path === false) continue
    const other = names.get(path)
    if (other !== undefined) throw new OptionError(`paths.${name}`, path, `a path other than that of paths.${other}`)
    names.set(path, name)
  }
}

/** Checks that no path of a dialect is that of an endpoint; dialects may share a path only for the same endpoint. */
export function checkDialectPaths({ paths, compatibility }: ResolvedOptions<never>): void {
  const taken = Object.entries(paths)
  const added = Object.values(compatibilityPaths(compatibility))
  for (const [name, path] of taken) {
    if (path === false || !added.includes(path)) continue
    const isSame = (name === 'deviceAuthorization' || name === 'token') && pathsOf(name, compatibility).includes(path)
    if (!isSame)
      throw new OptionError(`paths.${name}`, path, 'a path that no dialect of the option `compatibility` uses')
  }
}

function pathsOf(name: 'deviceAuthorization' | 'token', names: ResolvedOptions['compatibility']): readonly string[] {
  return dialectsOf(names).flatMap((dialect) => dialect[`${name}Paths`] ?? [])
}

/** Warns that the scope `openid` is offered without OpenID Connect. Clients that demand an id_token then refuse the sign-in. */
export function warnOfOpenIdScope({ scopes, openid }: DeviceAuthOptions<never>): void {
  if (openid !== undefined || !Object.hasOwn(scopes ?? {}, 'openid')) return
  warnOnce(
    `The option \`scopes\` has openid, but the server gives no id_token, so OpenID clients may refuse the sign-in. Give ${openIdNeeded}; or use a scope of another name.`,
  )
}

/**
 * Checks that the secret is a random one: nobody may guess the keys that are derived from it. While an application is developed,
 * a patterned secret is warned of; in production it is refused.
 *
 * @throws {OptionError} without the secret.
 */
export function checkSecretIsRandom({ secret }: DeviceAuthOptions<never>): void {
  const secrets = typeof secret === 'string' ? [secret] : (secret ?? [])
  if (!secrets.some(isPatterned)) return
  if (process.env.NODE_ENV === 'production')
    throw new OptionError('secret', `not random: it has a pattern, so it can be guessed. Make another: ${makeSecret}.`)
  warnOnce(
    `The option \`secret\` has a pattern, so it can be guessed. It is refused when NODE_ENV is production. Make another: ${makeSecret}`,
  )
}

/** Checks that access tokens can say to which key they are bound: a guard would not ask for the proof of others. */
export function checkBoundTokens({ keyBinding, accessToken }: ResolvedOptions<never>): void {
  if (keyBinding.length === 0 || typeof accessToken.confirmation === 'function') return
  throw new OptionError(
    'accessToken',
    'a format without the function `confirmation`, which the option `keyBinding` needs; use opaqueTokens() or jwtAccessTokens(), or add it.',
  )
}

/** Checks that there is a secret if processes share the store: they have to hash and seal with the same keys. */
export function checkSharedSecret({ secret }: DeviceAuthOptions<never>, { store }: ResolvedOptions<never>): void {
  if (!store.shared || secret !== undefined) return
  const expected = 'the same string of at least 32 characters in every process that shares the store'
  throw new OptionError('secret', undefined, expected)
}

/** Warns, in production, of a store that a restart empties. */
export function warnOfMemoryStore(given: DeviceAuthOptions<never>): void {
  if (given.store === undefined && process.env.NODE_ENV === 'production') {
    warnOnce(
      'Sign-ins are kept in the memory of this server: a restart ends them. A second process does not know them, nor does a second copy of your module in this process, as Next.js and reloads of a dev server make one. Give the option `store`.',
    )
  }
}

/**
 * Checks that user codes cannot be guessed within the limits.
 *
 * @throws {OptionError} with the arithmetic.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.1 RFC 8628 section 5.1}
 */
export function checkOdds({ userCode, limits: { userCodes, pending } }: ResolvedOptions<never>): void {
  const { count } = createUserCodes(userCode, [Buffer.alloc(0)])
  const guesses = `${userCodes} guesses (limits.userCodes)`
  refuseOdds(userCode, count, `${guesses} hit a given one`, userCodes / count, GIVEN_CODE_ODDS)
  const live = `${guesses} hit one of ${pending} live ones (limits.pending)`
  refuseOdds(userCode, count, live, (userCodes * pending) / count, ANY_CODE_ODDS)
}

function refuseOdds(userCode: UserCodeShape, count: number, event: string, odds: number, most: number): void {
  if (odds <= most) return
  const [bits, exponent] = [Math.log2(count).toFixed(1), Math.log2(odds).toFixed(1)]
  throw new OptionError(
    'userCode',
    userCode,
    `codes that cannot be guessed: these have ${bits} bits, so in an hour ${event} with odds of 2^${exponent}, above 2^${Math.log2(most)}; give a longer mask, or lower the limit`,
  )
}

const LONGEST_EASY_URI = 40

/**
 * Warns of user codes and addresses that are hard to type.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.2 RFC 8628 section 3.2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-6.1 RFC 8628 section 6.1}
 */
export function warnOfHardTyping({ issuer, paths, userCode }: ResolvedOptions<never>): void {
  const lookAlikes = lookAlikesIn(userCode.charset)
  if (lookAlikes.length > 0) {
    warnOnce(
      `The characters of \`userCode.charset\` include look-alikes: ${lookAlikes.join(', ')}. Leave out one of each pair.`,
    )
  }
  const uri = paths.verification === false ? '' : urlBelow(issuer, paths.verification)
  if (uri.length > LONGEST_EASY_URI) {
    warnOnce(
      `Users type \`${uri}\`, which is longer than ${LONGEST_EASY_URI} characters. Give a shorter \`paths.verification\`.`,
    )
  }
}

/**
 * Warns, in production, if nobody has decided which mitigations are on (XD-2-4).
 * @see {@link https://www.rfc-editor.org/rfc/rfc10027#section-2 RFC 10027 section 2}
 */
export function warnOfRisk({ risk, policy }: DeviceAuthOptions<never>): void {
  if (risk !== undefined || policy !== undefined || process.env.NODE_ENV !== 'production') return
  warnOnce(
    "Attackers use device sign-in for phishing. Decide how much harm the approval of a wrong device can do. Give the option `risk`: 'low' or 'high'; describePolicy() shows what each turns on.",
  )
}
