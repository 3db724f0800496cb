import { readTokenKey, type StoredToken, type TokenOwner, tokenKey } from '@device-auth/client'
import type { FileTokenStore } from '@device-auth/client/node'
import { CliError, usageError } from './cli-error.ts'
import { exitCodes } from './exit-codes.ts'
import type { OwnerOptions } from './options.ts'
import { plain } from './plain-text.ts'
import { issuerOf, scopeOf } from './settings.ts'

/** Tokens that are kept, and whose they are. */
export interface Saved {
  readonly key: string
  readonly owner: Required<TokenOwner>
  readonly stored: StoredToken
}

/** All that are kept and can still be used or refreshed. */
export async function listSaved(store: FileTokenStore): Promise<readonly Saved[]> {
  const saved: Saved[] = []
  for (const key of await store.keys()) {
    const owner = ownerOf(key)
    const stored = owner && (await store.get(key))
    if (owner !== undefined && stored !== undefined) saved.push({ key, owner, stored })
  }
  return saved.sort((one, other) => (one.key < other.key ? -1 : 1))
}

/** Applications may keep tokens there by keys of their own. */
function ownerOf(key: string): Required<TokenOwner> | undefined {
  try {
    const owner = readTokenKey(key)
    return URL.canParse(owner.issuer) ? owner : undefined
  } catch {
    return undefined
  }
}

/** Those that the options allow; all when they say nothing. */
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

/** The one that the options mean; with none and with several, an error that says what to do. */
export async function findSaved(options: OwnerOptions, store: FileTokenStore): Promise<Saved> {
  const [first, ...others] = await matchSaved(options, store)
  if (first === undefined) throw notSignedIn(options)
  if (others.length === 0) return first
  const all = [first, ...others].map(({ owner }) => describeOwner(owner)).join('; ')
  throw usageError(`Several sign-ins fit: ${all}.`, 'Say which by --issuer, --client-id, --scope or --account.')
}

/** An owner in a few words. */
export function describeOwner({ issuer, clientId, scope, account }: Required<TokenOwner>): string {
  const more = [scope && `for ${scope}`, account && `of ${account}`].filter((part) => part !== '')
  return plain([`${clientId} at ${issuer}`, ...more].join(' '))
}

/** There is nothing to be used. */
export function notSignedIn(options: OwnerOptions, why = 'You are not signed in.'): CliError {
  const issuer =
    options.provider === undefined ? ['--issuer', options.issuer ?? 'URL'] : ['--provider', options.provider]
  const scope = scopeOf(options)
  const words = ['device-auth login', ...issuer, '--client-id', options.clientId ?? 'ID']
  const command = [...words, ...(scope === undefined ? [] : ['--scope', JSON.stringify(scope)])].join(' ')
  return new CliError(exitCodes.notSignedIn, why, { error: 'not_signed_in', hint: `Sign in by: ${plain(command)}` })
}
