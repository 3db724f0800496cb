import type { ServerContext } from '../contract/context.ts'
import type { PresentedToken } from '../contract/device-auth.ts'
import type { Confirmation, KeyBinding, KeyProof, ProofServer } from '../contract/key-binding.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { OAuthError } from '../errors.ts'
import type { Awaitable } from '../http.ts'
import { thumbprintOf, tokenTypeOf } from './bound-text.ts'

/** Marks a key as used. `false` if it was used in the last `seconds`. */
export type FirstUse = (key: string, seconds: number) => Awaitable<boolean>

/** The parts of a server that checks who holds a token. */
export interface HolderChecks<Native = unknown> {
  readonly keyBinding: readonly KeyBinding<Native>[]
  readonly server: ProofServer
  readonly firstUse: FirstUse
}

/**
 * True if an access token came as it may come: a bound one with a proof of its key and by the scheme of its type, one that is not bound
 * by the scheme Bearer. Everything else may be a stolen token.
 *
 * @param bound - The key that the token is bound to; `undefined` for none.
 * @param presented - The request; `undefined` if the caller has none.
 * @throws {OAuthError} for a proof that is missing or not valid.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-7.1 RFC 9449 section 7.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8705#section-3 RFC 8705 section 3}
 */
export async function isPresentedByHolder<Native>(
  accessToken: string,
  bound: Confirmation | undefined,
  presented: PresentedToken<Native> | undefined,
  { keyBinding, server, firstUse }: HolderChecks<Native>,
): Promise<boolean> {
  if (bound === undefined) return presented?.scheme !== 'DPoP'
  const binding = keyBinding.find(({ method }) => thumbprintOf(bound, method) !== undefined)
  if (binding === undefined || presented?.scheme !== tokenTypeOf(bound)) return false
  const proof = await binding.read({ ...presented, accessToken }, server)
  if (proof === undefined && binding.method === 'jkt')
    throw new OAuthError(binding.error, 'The header DPoP is missing.')
  if (proof === undefined || proof.thumbprint !== thumbprintOf(bound, binding.method)) return false
  await useOnce(proof, binding.error, firstUse)
  return true
}

/**
 * Marks a proof as used.
 *
 * @throws {OAuthError} if it was used before.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-11.1 RFC 9449 section 11.1}
 */
export async function useOnce({ thumbprint, once }: KeyProof, error: string, firstUse: FirstUse): Promise<void> {
  if (once === undefined) return
  const key = `once:proof:${hashSecret(`${thumbprint}.${once.id}`)}`
  if (!(await firstUse(key, once.seconds)))
    throw new OAuthError(error, 'The proof was used before; make a new one for each request.')
}

/** Marks keys in the store, in one atomic step that all processes share. */
export function firstUse<Native>({ store, now }: Pick<ServerContext<Native>, 'store' | 'now'>): FirstUse {
  return async (key, seconds) => (await store.takeAttempts([{ key, limit: 1, window: seconds }], now())) === undefined
}
