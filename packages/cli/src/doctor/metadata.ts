import { DEVICE_CODE_GRANT_TYPE } from '@device-auth/client'
import { isLoopback } from '../server/guarded-fetch.ts'
import { plain } from '../terminal/plain-text.ts'
import { type Finding, ok, problem, warning } from './finding.ts'
import type { Recorded } from './recording.ts'

type Document = Readonly<Record<string, unknown>>

/** What a metadata document says, and where it deviates from RFC 8414 and RFC 8628 section 4. */
export function checkMetadata(issuer: string, { url, headers, members = {} }: Recorded): readonly Finding[] {
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
  const found = `Metadata: ${plain(url)}`
  const isBelow = new URL(issuer).pathname !== '/' && url.endsWith('/.well-known/oauth-authorization-server')
  if (!isBelow) return ok(found, section)
  return warning(`${found}, which clients that look at the root of the host do not find`, section)
}

function checkType(headers: Headers): readonly Finding[] {
  const type = headers.get('content-type') ?? 'nothing'
  if (/^application\/json\b/i.test(type)) return []
  return [warning(`The metadata are sent as ${plain(type, 100)}, not application/json`, 'RFC 8414 section 3.2')]
}

function checkIssuer(issuer: string, { issuer: named }: Document): Finding {
  const section = 'RFC 8414 section 3.3'
  if (named === issuer) return ok(`The issuer is ${plain(issuer)}`, section)
  return warning(`The issuer is ${plain(named)}, another text than ${plain(issuer)}: strict clients refuse it`, section)
}

function checkEndpoint(document: Document, name: string, section: string): Finding {
  const address = document[name]
  if (typeof address !== 'string') return problem(`There is no ${name}`, section)
  if (!URL.canParse(address)) return problem(`The ${name} is not a URL: ${plain(address)}`, section)
  const { protocol, hash } = new URL(address)
  if (protocol !== 'https:' && !isLoopback(address))
    return problem(`The ${name} is not https: ${plain(address)}`, section)
  if (hash !== '') return problem(`The ${name} has a fragment: ${plain(address)}`, 'RFC 6749 section 3.2')
  return ok(`${name}: ${plain(address)}`, section)
}

function checkGrants({ grant_types_supported: grants }: Document): readonly Finding[] {
  const section = 'RFC 8628 section 4'
  if (!Array.isArray(grants))
    return [warning('grant_types_supported is missing: its default has no device grant', section)]
  if (grants.includes(DEVICE_CODE_GRANT_TYPE)) return [ok('The device grant is announced', section)]
  return [problem(`grant_types_supported does not name ${DEVICE_CODE_GRANT_TYPE}`, section)]
}

function checkLists(document: Document): readonly Finding[] {
  const { response_types_supported: responses, token_endpoint_auth_methods_supported: methods } = document
  const findings: Finding[] = []
  const section = 'RFC 8414 section 2'
  if (!Array.isArray(responses)) findings.push(warning('response_types_supported is missing', section))
  if (!Array.isArray(methods))
    findings.push(warning('It is not said how clients authenticate: the default wants a secret', section))
  else if (methods.includes('none')) findings.push(ok('Clients without a secret are announced', section))
  else findings.push(warning('Clients without a secret are not announced, as devices mostly are', section))
  return findings
}

function checkRevocation(document: Document): Finding {
  if (document.revocation_endpoint !== undefined)
    return checkEndpoint(document, 'revocation_endpoint', 'RFC 7009 section 2')
  return warning('There is no revocation_endpoint: signing out cannot end tokens', 'RFC 7009 section 2')
}
