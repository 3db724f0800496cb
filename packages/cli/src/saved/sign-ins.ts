import { readTokenKey, type StoredToken, type TokenOwner, tokenKey } from '@device-auth/client'
import type { FileTokenStore } from '@device-auth/client/node'
import { CliError, usageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { type OwnerOptions, scopeOf } from '../options.ts'
import { issuerOf } from '../server/issuer.ts'
import { plain } from '../terminal/plain-text.ts'

/** A saved sign-in: its tokens and their owner. */
export interface Saved {
  readonly key: string
  readonly owner: Required<TokenOwner>
  readonly stored: StoredToken
}

/** All saved sign-ins whose tokens can still be used or refreshed, sorted by key. */
export async function listSaved(store: FileTokenStore): Promise<readonly Saved[]> {
  const saved: Saved[] = []
  for (const key of await store.keys()) {
    const owner = ownerOf(key)
    const stored = owner && (await store.get(key))
    if (owner !== undefined && stored !== undefined) saved.push({ key, owner, stored })
  }
  return saved.sort((left, right) => (left.key < right.key ? -1 : 1))
}

/** The owner that a key stands for. `undefined` for the keys that an application chose for itself. */
function ownerOf(key: string): Required<TokenOwner> | undefined {
  try {
    const owner = readTokenKey(key)
    return URL.canParse(owner.issuer) ? owner : undefined
  } catch {
    return undefined
  }
}

/** The saved sign-ins that match the options. Without options, all of them. */
export async function matchSaved(options: OwnerOptions, store: FileTokenStore): Promise<readonly Saved[]> {
  const [issuer, scope] = [issuerOf(options), scopeOf(options)]
  const { clientId, account } = options
  return (await listSaved(store)).filter(
    ({ key, owner }) =>
      (clientId === undefined || owner.clientId === clientId) &&
      (account === undefined || owner.account === account) &&
      key === tokenKey({ ...owner, issuer: issuer ?? owner.issuer, scope: scope ?? owner.scope }),
  )
}

/** The only saved sign-in that matches the options. Throws if none or several match, with a hint for the user. */
export async function findSaved(options: OwnerOptions, store: FileTokenStore): Promise<Saved> {
  const [first, ...others] = await matchSaved(options, store)
  if (first === undefined) throw notSignedIn(options)
  if (others.length === 0) return first
  const all = [first, ...others].map(({ owner }) => describeOwner(owner)).join('; ')
  throw usageError(`Several sign-ins match: ${all}.`, 'Choose one with --issuer, --client-id, --scope or --account.')
}

/** A sign-in in a few words: `https://example.com (client cli, scope profile)`. */
export function describeOwner({ issuer, clientId, scope, account }: Required<TokenOwner>): string {
  const parts = [`client ${clientId}`, scope && `scope ${scope}`, account && `account ${account}`]
  return plain(`${issuer} (${parts.filter((part) => part !== '').join(', ')})`)
}

/**
 * The error if there is no token to use. Its hint is the command that signs in.
 *
 * @param more - Further words of that command.
 */
export function notSignedIn(
  options: OwnerOptions,
  message = 'You are not signed in.',
  ...more: readonly string[]
): CliError {
  const issuer =
    options.provider === undefined ? ['--issuer', options.issuer ?? 'URL'] : ['--provider', options.provider]
  const scope = scopeOf(options)
  const words = ['device-auth login', ...issuer, '--client-id', options.clientId ?? 'ID']
  const command = [...words, ...(scope === undefined ? [] : ['--scope', JSON.stringify(scope)]), ...more].join(' ')
  return new CliError(exitCodes.notSignedIn, message, {
    error: 'not_signed_in',
    hint: `Sign in with: ${plain(command)}`,
  })
}
