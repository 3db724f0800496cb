import { DEVICE_CODE_GRANT_TYPE, isSecureAddress } from '@device-auth/client'
import { shownAddress } from '../terminal/address.ts'
import { plain } from '../terminal/plain-text.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import type { RecordedAnswer } from './recording.ts'

type Document = Readonly<Record<string, unknown>>

/**
 * Checks a metadata document.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 section 2}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-4 RFC 8628 section 4}
 */
export function checkMetadata(issuer: string, { url, headers, members = {} }: RecordedAnswer): readonly Finding[] {
  return [
    checkPlace(issuer, url),
    ...checkType(headers),
    checkIssuer(issuer, members),
    checkEndpoint(members, 'device_authorization_endpoint', 'RFC 8628 section 4'),
    checkEndpoint(members, 'token_endpoint', 'RFC 8414 section 2'),
    ...checkGrants(members),
    ...checkLists(members),
    checkRevocation(members),
  ]
}

function checkPlace(issuer: string, url: string): Finding {
  const section = 'RFC 8414 section 3.1'
  const place = `Metadata found at ${shownAddress(url)}`
  const isBelow = new URL(issuer).pathname !== '/' && url.endsWith('/.well-known/oauth-authorization-server')
  if (!isBelow) return ok(place, section)
  return warning(`${place}: clients that look only at the root of the host do not find it`, section)
}

function checkType(headers: Headers): readonly Finding[] {
  const type = headers.get('content-type') ?? 'none'
  if (/^application\/json\b/i.test(type)) return []
  return [
    warning(`The Content-Type of the metadata is ${plain(type, 100)}, not application/json`, 'RFC 8414 section 3.2'),
  ]
}

function checkIssuer(issuer: string, { issuer: named }: Document): Finding {
  const section = 'RFC 8414 section 3.3'
  if (named === issuer) return ok(`The issuer is ${shownAddress(issuer)}`, section)
  if (typeof named !== 'string') return problem('issuer is missing', section)
  const difference = `The metadata names the issuer ${shownAddress(named)} instead of ${shownAddress(issuer)}`
  // a slash at the end is the only difference that login accepts
  return named.replace(/\/$/, '') === issuer.replace(/\/$/, '')
    ? warning(`${difference}: strict clients refuse it`, section)
    : problem(`${difference}: login refuses it. If that is the server you mean, pass it as --issuer`, section)
}

function checkEndpoint(document: Document, name: string, section: string): Finding {
  const address = document[name]
  if (typeof address !== 'string') return problem(`${name} is missing`, section)
  const shown = shownAddress(address)
  if (!URL.canParse(address)) return problem(`${name} is not a URL: ${shown}`, section)
  const { hash, username, password } = new URL(address)
  if (username !== '' || password !== '') return problem(`${name} contains a user name or a password`, section)
  if (!isSecureAddress(address)) return problem(`${name} is not https: ${shown}`, section)
  if (hash !== '') return problem(`${name} has a fragment: ${shown}`, 'RFC 6749 section 3.2')
  return ok(`${name}: ${shown}`, section)
}

function checkGrants({ grant_types_supported: grants }: Document): readonly Finding[] {
  const section = 'RFC 8628 section 4'
  if (!Array.isArray(grants))
    return [warning('grant_types_supported is missing: its default does not include the device grant', section)]
  if (grants.includes(DEVICE_CODE_GRANT_TYPE)) return [ok('grant_types_supported includes the device grant', section)]
  return [problem(`grant_types_supported does not include ${DEVICE_CODE_GRANT_TYPE}`, section)]
}

function checkLists(document: Document): readonly Finding[] {
  const { response_types_supported: responses, token_endpoint_auth_methods_supported: methods } = document
  const findings: Finding[] = []
  const section = 'RFC 8414 section 2'
  if (!Array.isArray(responses)) findings.push(warning('response_types_supported is missing', section))
  if (!Array.isArray(methods))
    findings.push(
      warning('token_endpoint_auth_methods_supported is missing: its default requires a client secret', section),
    )
  else if (methods.includes('none'))
    findings.push(ok('token_endpoint_auth_methods_supported includes none: clients need no secret', section))
  else
    findings.push(
      warning('token_endpoint_auth_methods_supported does not include none, but most devices have no secret', section),
    )
  return findings
}

function checkRevocation(document: Document): Finding {
  if (document.revocation_endpoint !== undefined)
    return checkEndpoint(document, 'revocation_endpoint', 'RFC 7009 section 2')
  return warning('revocation_endpoint is missing: signing out cannot revoke tokens', 'RFC 7009 section 2')
}
