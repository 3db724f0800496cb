import type { X509Certificate } from 'node:crypto'
import { addressKey, type Client, type ClientFault } from '@device-auth/core'
import { readName, readSubject, sameName } from './distinguished-name.ts'

/** The members of a client that name its certificate, with the check of each. */
const rules = {
  tls_client_auth_subject_dn: (certificate: X509Certificate, expected: string) =>
    sameName(readName(expected), readSubject(certificate.subject)),
  tls_client_auth_san_dns: (certificate: X509Certificate, expected: string) =>
    namesOf(certificate, 'DNS').some((name) => name.toLowerCase() === expected.toLowerCase()),
  tls_client_auth_san_uri: (certificate: X509Certificate, expected: string) =>
    namesOf(certificate, 'URI').includes(expected),
  tls_client_auth_san_ip: (certificate: X509Certificate, expected: string) =>
    namesOf(certificate, 'IP Address').some((address) => {
      const key = addressKey(address)
      return key !== undefined && key === addressKey(expected)
    }),
  tls_client_auth_san_email: (certificate: X509Certificate, expected: string) =>
    namesOf(certificate, 'email').includes(expected),
} as const satisfies Partial<Record<keyof Client, (certificate: X509Certificate, expected: string) => boolean>>

type NameRule = keyof typeof rules
const nameRules = Object.keys(rules) as readonly NameRule[]

/**
 * True if the certificate has the name that the client is registered with.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8705#section-2.1.2 RFC 8705 section 2.1.2}
 */
export function hasRegisteredName(certificate: X509Certificate, client: Client): boolean {
  const [rule, ...others] = registeredRules(client)
  const expected = rule === undefined ? undefined : client[rule]
  if (rule === undefined || typeof expected !== 'string' || others.length > 0) return false
  return rules[rule](certificate, expected)
}

/** The fault of a client for `tls_client_auth`: it has exactly one name, in the right form. */
export function nameFault(client: Client): ClientFault | undefined {
  const [rule, ...others] = registeredRules(client)
  if (rule === undefined || others.length > 0) {
    const text = `${rule === undefined ? 'missing' : 'not the only name'}; expected exactly one of ${nameRules.join(', ')}.`
    return { field: rule ?? 'tls_client_auth_subject_dn', text }
  }
  const expected = client[rule]
  if (typeof expected !== 'string' || expected === '') return { field: rule, text: 'no text; expected a name.' }
  if (rule === 'tls_client_auth_subject_dn' && readName(expected) === undefined)
    return { field: rule, text: 'no name of RFC 4514; expected one such as CN=tv,O=Acme,C=US.' }
  if (rule === 'tls_client_auth_san_ip' && addressKey(expected) === undefined)
    return { field: rule, text: 'no IP address.' }
  return undefined
}

function registeredRules(client: Client): NameRule[] {
  return nameRules.filter((rule) => client[rule] !== undefined)
}

/** One name of the text in which Node gives the alternative names; a name with unusual characters is a JSON string. */
const alternative = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y

/** The alternative names of one kind. Empty if the text has a part that cannot be read. */
function namesOf({ subjectAltName: text = '' }: X509Certificate, kind: string): string[] {
  const names: string[] = []
  alternative.lastIndex = 0
  while (alternative.lastIndex < text.length) {
    const [, type, value = ''] = alternative.exec(text) ?? []
    if (type === undefined) return []
    if (type === kind) names.push(value.startsWith('"') ? JSON.parse(value) : value)
  }
  return names
}
