import { isSecureAddress } from '@device-auth/client'
import { shownAddress } from '../terminal/address.ts'
import { plain } from '../terminal/plain-text.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import type { RecordedAnswer } from './recording.ts'

const section = 'RFC 8628 section 3.2'

/**
 * Checks the answer of the device authorization endpoint.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.2 RFC 8628 section 3.2}
 */
export function checkCodes({ status, headers, members }: RecordedAnswer): readonly Finding[] {
  if (members === undefined)
    return [problem(`The answer to the request for codes is not JSON (HTTP ${status})`, section)]
  if (typeof members.error === 'string' || status !== 200) return [refusal(status, members)]
  return [
    ok('The server issues a device code and a user code', section),
    ...checkHeaders(headers),
    ...['device_code', 'user_code'].flatMap((name) => checkText(members, name)),
    ...checkUri(members),
    checkComplete(members),
    ...checkNumber(members, 'expires_in', true),
    ...checkNumber(members, 'interval', false),
    ...checkLifetime(members),
  ]
}

type Members = Readonly<Record<string, unknown>>

function refusal(status: number, { error = 'no error', error_description: description }: Members): Finding {
  const suffix = typeof description === 'string' ? `: ${plain(description)}` : ''
  const shown = typeof error === 'string' ? plain(error, 200) : shownObject(error)
  return problem(`The server refuses to issue codes: HTTP ${status}, ${shown}${suffix}`, section)
}

function checkHeaders(headers: Headers): readonly Finding[] {
  const findings: Finding[] = []
  const type = headers.get('content-type') ?? 'none'
  if (!/^application\/json\b/i.test(type))
    findings.push(warning(`The Content-Type of the codes is ${plain(type, 100)}, not application/json`, section))
  if (!/\bno-store\b/i.test(headers.get('cache-control') ?? ''))
    findings.push(warning('The codes may be cached: Cache-Control is not no-store', section))
  return findings
}

function checkText(members: Members, name: string): readonly Finding[] {
  const value = members[name]
  if (typeof value !== 'string' || value === '') return [problem(`${name} is missing`, section)]
  if (name === 'user_code' && value.length > 12)
    return [warning(`A user code of ${value.length} characters is long to type`, 'RFC 8628 section 6.1')]
  if (plain(value, 5000) !== value) return [problem(`${name} contains control characters`, section)]
  return []
}

/** Checks the address in whichever of its two names the client reads. */
function checkUri({ verification_uri: uri, verification_url: url }: Members): readonly Finding[] {
  if (typeof uri === 'string' && uri !== '') return [checkAddress(uri)]
  if (typeof url === 'string' && url !== '')
    return [
      warning('verification_uri has the name verification_url, as in drafts of the RFC', section),
      ...[checkAddress(url)].filter(({ level }) => level !== 'ok'),
    ]
  if (uri === undefined || uri === '') return [problem('verification_uri is missing', section)]
  return [problem(`verification_uri is ${uri === null ? 'null' : `a ${typeof uri}`}, not an address`, section)]
}

function checkAddress(uri: string): Finding {
  const shown = shownAddress(uri)
  if (!isSecureAddress(uri)) return problem(`verification_uri is not an https address: ${shown}`, section)
  if (plain(uri, 5000) !== uri) return problem('verification_uri contains control characters', section)
  if (uri.length > 60) return warning(`A verification_uri of ${uri.length} characters is long to type`, section)
  return ok(`verification_uri: ${shown}`, section)
}

function checkComplete({ verification_uri_complete: complete, user_code: code }: Members): Finding {
  const optional = 'RFC 8628 section 3.3.1'
  if (typeof complete !== 'string')
    return ok('verification_uri_complete is missing: people have to type the code', optional)
  if (typeof code === 'string' && decodeURIComponentSafely(complete).includes(code))
    return ok('verification_uri_complete contains the user code, so it can be a QR code', optional)
  return ok('verification_uri_complete does not contain the user code itself', optional)
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function checkNumber(members: Members, name: string, isRequired: boolean): readonly Finding[] {
  const value = members[name]
  if (typeof value === 'number' && value > 0) return []
  if (value === undefined)
    return isRequired
      ? [problem(`${name} is missing`, section)]
      : [ok(`${name} is missing: the default of 5 seconds applies`, section)]
  if (numberOf(value) > 0) return [warning(`${name} is a ${typeof value}, not a number`, section)]
  const shown = typeof value === 'object' ? shownObject(value) : plain(value, 100)
  return [problem(`${name} is ${shown}, not a positive number`, section)]
}

/** A number, or the one in a text, as the client reads it; `NaN` for anything else. */
function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN
}

/** An object of an answer as JSON. One that is deeper than the stack has none. */
function shownObject(value: unknown): string {
  try {
    return plain(JSON.stringify(value), 200)
  } catch {
    return 'an object with many levels'
  }
}

function checkLifetime({ expires_in }: Members): readonly Finding[] {
  const seconds = numberOf(expires_in)
  if (seconds > 0 && seconds < 120)
    return [warning(`Codes expire after ${seconds} seconds: too short to fetch a phone`, section)]
  if (seconds > 1800)
    return [warning(`Codes expire after ${seconds} seconds: long enough for phishing`, 'RFC 8628 section 5.4')]
  return []
}
