import type { Confirmation, KeyMethod } from '../contract/key-binding.ts'

// `<text>~j<thumbprint>`: a character that no default code or token has, a letter for the method, 43 characters of base64url
const letters = { jkt: 'j', 'x5t#S256': 'x' } as const satisfies Record<KeyMethod, string>
const ending = /~([jx])([A-Za-z0-9_-]{43})$/

/** Makes a confirmation from its two parts. */
export function confirmationOf(method: KeyMethod, thumbprint: string): Confirmation {
  return method === 'jkt' ? { jkt: thumbprint } : { 'x5t#S256': thumbprint }
}

/** The thumbprint of a confirmation by one method; `undefined` if it is of another. */
export function thumbprintOf(confirmation: Confirmation, method: KeyMethod): string | undefined {
  return Object.entries(confirmation).find(([member]) => member === method)?.[1]
}

/** True if both are the same key. */
export function isSameKey(one: Confirmation | undefined, other: Confirmation): boolean {
  return one !== undefined && bindText('', one) === bindText('', other)
}

/**
 * The `token_type` of an access token that is bound to this key, or to none. It is also the scheme to present it by.
 *
 * @param unbound - The type of a token that no DPoP key is bound to.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449#section-5 RFC 9449 section 5}
 */
export function tokenTypeOf(confirmation: Confirmation | undefined, unbound = 'Bearer'): string {
  return confirmation !== undefined && 'jkt' in confirmation ? 'DPoP' : unbound
}

/** Adds the thumbprint of the key to a code or a token. The store keeps the hash of the whole text, so nobody can change it. */
export function bindText(text: string, confirmation: Confirmation | undefined): string {
  if (confirmation === undefined) return text
  return 'jkt' in confirmation
    ? `${text}~${letters.jkt}${confirmation.jkt}`
    : `${text}~${letters['x5t#S256']}${confirmation['x5t#S256']}`
}

/** The key that a code or a token is bound to, as its text says; `undefined` if it is not bound. */
export function boundKey(text: string): Confirmation | undefined {
  // most polls end here
  if (!text.includes('~')) return undefined
  const [, letter, thumbprint] = ending.exec(text) ?? []
  if (thumbprint === undefined) return undefined
  return confirmationOf(letter === letters.jkt ? 'jkt' : 'x5t#S256', thumbprint)
}

/** The text without the thumbprint at its end. */
export function withoutKey(text: string): string {
  return text.includes('~') ? text.replace(ending, '') : text
}
