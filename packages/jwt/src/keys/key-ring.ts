import { OptionError, type PublicKeys } from '@device-auth/core'
import { keysOwner } from '../owners.ts'
import { type Algorithm, type PreparedKey, prepareKey, type SigningKey } from './signing-key.ts'

/**
 * The keys of a server, in the order in which they are used. To rotate: publish a key as `next`; when all caches have it,
 * after 5 minutes, make it `current` and the old one `retired`; take that out when its last token has expired.
 */
export interface RotatingKeys {
  /** The key that signs. */
  readonly current: SigningKey
  /** The key that will sign next. It is published, so that caches have it before the first token is signed with it. */
  readonly next?: SigningKey
  /** Keys that do not sign any more, and whose tokens are still alive. They may be public keys. */
  readonly retired?: readonly SigningKey[]
}

/**
 * The option `keys`: one key, a rotating set, or a function that returns the set of this moment and is called with each token.
 * The function returns the same object as long as nothing changes, because keys are prepared once for each object.
 */
export type Keys = SigningKey | RotatingKeys | (() => RotatingKeys)

/** The keys of a server, ready to sign and to be published. */
export interface KeyRing extends PublicKeys {
  /** The key that signs now. */
  current(): PreparedKey
  /** The algorithms of the published keys, each once. */
  algorithms(): readonly Algorithm[]
}

interface PreparedKeys {
  readonly current: PreparedKey
  readonly published: readonly PreparedKey['jwk'][]
  readonly algorithms: readonly Algorithm[]
}

/** The seconds for which caches keep the published keys. A `next` key has to be published for longer before it signs. */
const MAX_AGE = 300

/**
 * Makes the keys ready.
 *
 * @throws {OptionError} if a key cannot sign, or two keys have one id. With a function, the function of the first call.
 */
export function createKeyRing(keys: Keys): KeyRing {
  const prepared = new WeakMap<object, PreparedKeys>()
  const read = (): PreparedKeys => {
    const set = typeof keys === 'function' ? keys() : keys
    if (typeof set !== 'object' || set === null) return prepareKeys(set)
    const known = prepared.get(set) ?? prepareKeys(set)
    prepared.set(set, known)
    return known
  }
  // an error is found at construction, and not by the first device
  read()
  return {
    maxAge: MAX_AGE,
    list: () => read().published,
    current: () => read().current,
    algorithms: () => read().algorithms,
  }
}

function isRotating(keys: SigningKey | RotatingKeys): keys is RotatingKeys {
  return typeof keys === 'object' && keys !== null && 'current' in keys
}

function prepareKeys(keys: SigningKey | RotatingKeys): PreparedKeys {
  if (!isRotating(keys)) return publish(prepareKey(keys, 'keys', true), [])
  const { current, next, retired = [] } = keys
  const others = [
    ...(next === undefined ? [] : [prepareKey(next, 'keys.next', false)]),
    ...retired.map((key, index) => prepareKey(key, `keys.retired[${index}]`, false)),
  ]
  return publish(prepareKey(current, 'keys.current', true), others)
}

function publish(current: PreparedKey, others: readonly PreparedKey[]): PreparedKeys {
  const all = [current, ...others]
  const ids = new Set(all.map(({ kid }) => kid))
  if (ids.size < all.length)
    throw new OptionError(
      { path: 'keys', owner: keysOwner },
      'a set in which two keys have one `kid`; give each its own.',
    )
  return {
    current,
    published: Object.freeze(all.map(({ jwk }) => jwk)),
    algorithms: Object.freeze([...new Set(all.map(({ alg }) => alg))]),
  }
}
