import type { Client } from '../protocol.ts'
import { warnOnce } from './warn-once.ts'

/** The least number of different characters in a secret that was drawn at random. */
const LEAST_DISTINCT = 8

/**
 * True if a text cannot be a random secret: it has few different characters, or is one part that is repeated.
 */
export function isPatterned(secret: string): boolean {
  if (new Set(secret).size < LEAST_DISTINCT) return true
  for (let period = 1; period <= secret.length / 2; period++) {
    if (secret.startsWith(secret.slice(period))) return true
  }
  return false
}

/** The sets of characters that secrets are made of, the smaller first, with the bits of one random character. */
const alphabets: readonly (readonly [RegExp, number])[] = [
  [/^\d+$/, Math.log2(10)],
  [/^(?:[\da-f]+|[\dA-F]+)$/, 4],
  [/^(?:[\da-z]+|[\dA-Z]+)$/, Math.log2(36)],
  [/^[\dA-Za-z]+$/, Math.log2(62)],
]

/** The most bits that a text of these characters can have, if it was drawn at random. */
function mostBits(secret: string): number {
  const [, each = 6] = alphabets.find(([alphabet]) => alphabet.test(secret)) ?? []
  return secret.length * each
}

/** True if a client secret has the length of 128 random bits, and no pattern: nobody guesses it. */
export function isStrongSecret(secret: string): boolean {
  return mostBits(secret) >= 128 && !isPatterned(secret)
}

/**
 * Warns once of a client whose secret can be guessed: of less than 128 bits, or with a pattern.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-10.10 RFC 6749 section 10.10}
 */
export function warnOfWeakSecret({ client_id, client_secret, token_endpoint_auth_method }: Client): void {
  if (client_secret === undefined || client_secret === null || token_endpoint_auth_method === 'none') return
  if (isStrongSecret(client_secret)) return
  warnOnce(
    `The secret of the client ${JSON.stringify(client_id)} has less than 128 random bits, so it can be guessed. Make one: ${makeSecret}`,
  )
}

/** The command that makes a secret of 256 random bits. */
export const makeSecret = `node -p "crypto.randomBytes(32).toString('base64url')"`
