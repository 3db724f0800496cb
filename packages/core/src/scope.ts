import { OAuthError } from './errors.ts'

/**
 * The grammar of one scope.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 RFC 6749 section 3.3}
 */
const token = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** The most characters of a requested scope. */
const MAX_LENGTH = 4096

/** `true` if the text is one scope. */
export function isScopeToken(text: string): boolean {
  return token.test(text)
}

/**
 * Splits a space-delimited text into scopes, each once, in order.
 *
 * @throws {OAuthError} `invalid_scope` if there is no scope, a part is not one, or the text has more than 4096 characters.
 */
export function readScope(text: string): string[] {
  if (text.length > MAX_LENGTH) throw new OAuthError('invalid_scope')
  const tokens = text.split(' ').filter((part) => part !== '')
  if (tokens.length === 0 || !tokens.every(isScopeToken)) throw new OAuthError('invalid_scope')
  return [...new Set(tokens)]
}

/** The scopes that two space-delimited texts have in common, in the order of the first. */
export function intersectScope(scope: string, allowed: string): string {
  if (!scope.includes(' ')) return isWithinScope(scope, allowed) ? scope : ''
  const known = new Set(allowed.split(' '))
  return [...new Set(scope.split(' '))].filter((part) => part !== '' && known.has(part)).join(' ')
}

/** `true` if all scopes of a space-delimited text are in another one. An empty text is within any. */
export function isWithinScope(scope: string, allowed: string): boolean {
  if (scope === allowed) return true
  if (!scope.includes(' ')) return scope === '' || allowed.split(' ').includes(scope)
  const known = new Set(allowed.split(' '))
  return scope.split(' ').every((part) => part === '' || known.has(part))
}
