import { isLoopback } from '../server/guarded-fetch.ts'
import { plain } from '../terminal/plain-text.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import type { Recorded } from './recording.ts'

const section = 'RFC 8628 section 3.2'

/** What the device authorization endpoint answered, and where that deviates from RFC 8628 section 3.2. */
export function checkCodes({ status, headers, members }: Recorded): readonly Finding[] {
  if (members === undefined) return [problem(`Codes: HTTP ${status}, and no JSON`, section)]
  if (typeof members.error === 'string' || status !== 200) return [refused(status, members)]
  return [
    ok('Codes: the server hands them out', section),
    ...checkHeaders(headers),
    ...['device_code', 'user_code'].flatMap((name) => checkText(members, name)),
    checkUri(members),
    checkComplete(members),
    ...checkNumber(members, 'expires_in', true),
    ...checkNumber(members, 'interval', false),
    ...checkLifetime(members),
  ]
}

type Members = Readonly<Record<string, unknown>>

function refused(status: number, { error, error_description: said }: Members): Finding {
  const words = said === undefined ? '' : `: ${plain(said)}`
  return problem(`Codes are refused with HTTP ${status}, ${plain(error, 100)}${words}`, section)
}

function checkHeaders(headers: Headers): readonly Finding[] {
  const findings: Finding[] = []
  const type = headers.get('content-type') ?? 'nothing'
  if (!/^application\/json\b/i.test(type))
    findings.push(warning(`The codes are sent as ${plain(type, 100)}, not application/json`, section))
  if (!/\bno-store\b/i.test(headers.get('cache-control') ?? ''))
    findings.push(warning('The codes may be cached: Cache-Control is not no-store', section))
  return findings
}

function checkText(members: Members, name: string): readonly Finding[] {
  const value = members[name]
  if (typeof value !== 'string' || value === '') return [problem(`There is no ${name}`, section)]
  if (name === 'user_code' && value.length > 12)
    return [warning(`A user code of ${value.length} characters is long to type`, 'RFC 8628 section 6.1')]
  if (plain(value, 5000) !== value) return [problem(`The ${name} holds control characters`, section)]
  return []
}

function checkUri({ verification_uri: uri, verification_url: url }: Members): Finding {
  if (typeof uri !== 'string') {
    if (typeof url === 'string') return warning('verification_uri is called verification_url, as in drafts', section)
    return problem('There is no verification_uri', section)
  }
  const isWeb = URL.canParse(uri) && (new URL(uri).protocol === 'https:' || isLoopback(uri))
  if (!isWeb) return problem(`The verification_uri is not an https address: ${plain(uri)}`, section)
  if (uri.length > 60) return warning(`A verification_uri of ${uri.length} characters is long to type`, section)
  return ok(`verification_uri: ${plain(uri)}`, section)
}

function checkComplete({ verification_uri_complete: complete, user_code: code }: Members): Finding {
  const optional = 'RFC 8628 section 3.3.1'
  if (typeof complete !== 'string') return ok('There is no verification_uri_complete: people type the code', optional)
  if (decodeURIComponentSafely(complete).includes(String(code)))
    return ok('verification_uri_complete has the code, for QR codes', optional)
  return ok('verification_uri_complete stands for the code in its own way', optional)
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
      ? [problem(`There is no ${name}`, section)]
      : [ok(`There is no ${name}: 5 seconds count`, section)]
  if (Number(value) > 0) return [warning(`${name} is a ${typeof value}, not a number`, section)]
  return [problem(`${name} is ${plain(value, 100)}`, section)]
}

function checkLifetime({ expires_in }: Members): readonly Finding[] {
  const seconds = Number(expires_in)
  if (seconds > 0 && seconds < 120)
    return [warning(`Codes live ${seconds} seconds: too short to find the phone`, section)]
  if (seconds > 1800)
    return [warning(`Codes live ${seconds} seconds: long enough to be talked out of someone`, 'RFC 8628 section 5.4')]
  return []
}
