import type { DeviceDescriptor } from '../contract/store.ts'
import { OAuthError } from '../errors.ts'

/** Parameters of the device authorization request beyond RFC 8628: docs/decisions/device-parameters.md. */
export const descriptorParameters = ['device_name', 'device_model', 'binding_message'] as const

/** Also halves of what the bound cuts in two. */
const controls = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** A text from anyone: bounded, and free of what would mislead; `undefined` when nothing visible is left. */
export function boundedText(text: unknown, most: number): string | undefined {
  if (typeof text !== 'string') return undefined
  const plain = text.slice(0, most).replace(controls, '').trim()
  return plain === '' ? undefined : plain
}

const longestName = 100

/** What the device says of itself; what is empty or nothing but control characters counts as not said. */
export function readDescriptor(parameters: ReadonlyMap<string, string>): DeviceDescriptor | undefined {
  const name = boundedText(parameters.get('device_name'), longestName)
  const model = boundedText(parameters.get('device_model'), longestName)
  if (name === undefined && model === undefined) return undefined
  return { ...(name === undefined ? {} : { name }), ...(model === undefined ? {} : { model }) }
}

const message = /^[\p{L}\p{M}\p{N} .:-]{1,60}$/u

/**
 * The words that the device shows and the page repeats; refused rather than changed, because the user compares them.
 * @throws {OAuthError} `invalid_request` for more than 60 characters, or other than letters, digits, spaces, `.`, `-`, `:`.
 */
export function readBindingMessage(parameters: ReadonlyMap<string, string>): string | undefined {
  const text = parameters.get('binding_message')
  if (text === undefined || message.test(text)) return text
  throw new OAuthError(
    'invalid_request',
    'binding_message may have 60 characters: letters, digits, spaces, dots, dashes and colons.',
  )
}
