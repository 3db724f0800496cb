import type { ServerContext } from '../contract/context.ts'
import type { DeviceDescriptor } from '../contract/requester.ts'
import { OAuthError } from '../errors.ts'
import { foreignText, withoutUnseen } from '../foreign-text.ts'
import { type Awaitable, chain } from '../http.ts'
import type { Client } from '../protocol.ts'

/**
 * The parameters by which a device describes itself: extensions of the device authorization request, explained in
 * docs/decisions/device-parameters.md.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.1 RFC 8628 section 3.1}
 */
export const descriptorParameters = ['device_name', 'device_model', 'binding_message'] as const

/** An untrusted text as the pages may show it; `undefined` when nothing is left. */
export function boundedText(text: unknown, maxLength: number): string | undefined {
  return typeof text === 'string' ? foreignText(text, maxLength) || undefined : undefined
}

const MAX_NAME_LENGTH = 100

/** Reads `device_name` and `device_model`. A value without visible characters counts as absent. */
export function readDescriptor(parameters: ReadonlyMap<string, string>): DeviceDescriptor | undefined {
  const name = boundedText(parameters.get('device_name'), MAX_NAME_LENGTH)
  const model = boundedText(parameters.get('device_model'), MAX_NAME_LENGTH)
  if (name === undefined && model === undefined) return undefined
  return { ...(name === undefined ? {} : { name }), ...(model === undefined ? {} : { model }) }
}

const bindingMessage = /^[\p{L}\p{M}\p{N} .:-]{1,60}$/u

/** Returns true if the page can show these words as they are, except for repeated spaces. */
function isShownAsItIs(text: string): boolean {
  return foreignText(text, text.length) === text.normalize('NFKC').replace(/ +/g, ' ').trim()
}

/**
 * Reads `binding_message`, a text that both the device and the confirm page show. It is refused rather than changed,
 * because the user compares the two.
 * @throws {OAuthError} `invalid_request` if it has more than 60 characters, or others than letters, digits, spaces,
 * `.`, `-` and `:`; or three marks on a letter, letters that cannot be seen, or a word that mixes look-alikes of two scripts.
 */
export function readBindingMessage(parameters: ReadonlyMap<string, string>): string | undefined {
  const text = parameters.get('binding_message')
  if (text === undefined || (bindingMessage.test(text) && isShownAsItIs(text))) return text
  throw new OAuthError(
    'invalid_request',
    'binding_message may have up to 60 characters: letters, digits, spaces, dots, dashes and colons. A letter may have two marks, and a word the letters of one script.',
  )
}

/** Clients send 20 to 50 characters. Others than these would not pass through every database. */
const nonceCharacters = /^[\x20-\x7e]{1,255}$/

/**
 * Reads `nonce`, which a client of OpenID Connect finds again in the id_token. OpenID Connect has it at the authorization
 * endpoint; device clients such as that of Qt send it with the device authorization request.
 * @throws {OAuthError} `invalid_request` if it has more than 255 characters, or others than printable ASCII.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#NonceNotes OpenID Connect Core section 15.5.2}
 */
export function readNonce(parameters: ReadonlyMap<string, string>): string | undefined {
  const nonce = parameters.get('nonce')
  if (nonce === undefined || nonceCharacters.test(nonce)) return nonce
  throw new OAuthError('invalid_request', 'nonce may have up to 255 characters of printable ASCII.')
}

/** An address of e-mail has 254 characters at most. */
const MAX_HINT_LENGTH = 255

/**
 * The only subject that may approve a request with this `login_hint`; `undefined` if anyone may. A hint that matches
 * nobody gives `''`, so the device cannot find out which accounts exist.
 * @throws {OAuthError} `invalid_request` for a hint that is too long or has invisible characters.
 * @throws {TypeError} if the hook `resolveLoginHint` returns anything but a string or `undefined`.
 */
export function resolveSubject<Native>(
  hint: string | undefined,
  client: Client,
  context: ServerContext<Native>,
): Awaitable<string | undefined> {
  if (hint === undefined || !context.overridden.has('resolveLoginHint')) return undefined
  if (hint.length > MAX_HINT_LENGTH || withoutUnseen(hint).trim() !== hint)
    throw new OAuthError(
      'invalid_request',
      'login_hint may have up to 255 visible characters, without spaces around them.',
    )
  return chain(context.hooks.resolveLoginHint(hint, client), (resolved) => {
    const subject = resolved ?? ''
    if (typeof subject === 'string') return subject
    throw new TypeError('Device Auth: resolveLoginHint must return undefined, or a subject as a string.')
  })
}
