import { OAuthError } from './errors.ts'

/** @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 RFC 6749 section 3.3} */
const token = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Whether a text is one scope, by the grammar. */
export function isScopeToken(text: string): boolean {
  return token.test(text)
}

/** The scope tokens of a space-delimited text, each once, in order; throws `invalid_scope` for what is none. */
export function readScope(text: string): string[] {
  const tokens = text.split(' ').filter((part) => part !== '')
  if (tokens.length === 0 || !tokens.every(isScopeToken)) throw new OAuthError('invalid_scope')
  return [...new Set(tokens)]
}

/** What of a space-delimited scope is also in another. */
export function intersectScope(scope: string, allowed: string): string {
  const known = new Set(allowed.split(' '))
  return [...new Set(scope.split(' '))].filter((part) => part !== '' && known.has(part)).join(' ')
}

/** Whether every part of a space-delimited scope is in another. */
export function isWithinScope(scope: string, allowed: string): boolean {
  const known = new Set(allowed.split(' '))
  return scope.split(' ').every((part) => part === '' || known.has(part))
}
