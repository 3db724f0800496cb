import { addressRange } from '../ip-address.ts'
import type { Client } from '../protocol.ts'

/** The reason why nobody can use a client. */
export interface Fault {
  readonly field: string
  /** The value, if it can be shown. */
  readonly given?: unknown
  /** The text of what is expected in place of the value; without `given` the whole text that follows "option … is". */
  readonly expected: string
}

const isText = (value: unknown): boolean => typeof value === 'string'
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isTextList = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
const text = [isText, 'a string'] as const
const flag = [isFlag, 'true or false'] as const
const texts = [isTextList, 'an array of strings'] as const

/** The members of a client, each with the check of its type. `requireGrant` takes anything for `grant_types`: a list it is, or no grant. */
const types: {
  readonly [Name in keyof Omit<Client, 'grant_types'>]-?: readonly [(value: unknown) => boolean, string]
} = {
  client_id: text,
  client_name: text,
  logo_uri: text,
  policy_uri: text,
  tos_uri: text,
  first_party: flag,
  device_keys: flag,
  self_registered: flag,
  scope: text,
  token_endpoint_auth_method: text,
  token_endpoint_auth_methods: texts,
  device_authorization_endpoint_auth_method: text,
  client_secret: text,
  client_secret_hash: text,
  jwks: [(value) => typeof value === 'object' && value !== null, 'a set of keys: { keys: [...] }'],
  jwks_uri: text,
  token_endpoint_auth_signing_alg: text,
  tls_client_auth_subject_dn: text,
  tls_client_auth_san_dns: text,
  tls_client_auth_san_uri: text,
  tls_client_auth_san_ip: text,
  tls_client_auth_san_email: text,
  allowed_networks: [
    (value) => Array.isArray(value) && value.every((network) => addressRange(network) !== undefined),
    'networks in CIDR notation',
  ],
  device_scope: text,
  resources: texts,
  authorization_details_types: texts,
  number_matching: flag,
  resource_server: flag,
  dpop_bound_access_tokens: flag,
  tls_client_certificate_bound_access_tokens: flag,
}
const typesByName = Object.entries(types)

/** A member that no endpoint can work with. An application that verifies secrets itself may keep them as it likes. */
export function typeFault(client: Client, needsSecret: boolean): Fault | undefined {
  for (const [field, [isRight, expected]] of typesByName) {
    const given: unknown = Reflect.get(client, field)
    if ((given === undefined && field !== 'client_id') || isRight(given) || (field === 'client_secret' && !needsSecret))
      continue
    return field === 'client_secret'
      ? { field, expected: 'not a string; expected a string.' }
      : { field, given, expected }
  }
  return undefined
}

const names: ReadonlySet<string> = new Set([...Object.keys(types), 'grant_types'])
const spellings = new Map<string, string>([...names].map((name) => [spelling(name), name]))

/** A name without what people confuse: capitals, underscores, and an `s` at the end. */
function spelling(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '').replace(/s$/, '')
}

/** A record may have members of its own, but none that is nearly one of ours, as `scopes` and `clientName` are. */
export function misspeltFault(client: Client): Fault | undefined {
  for (const name of Object.keys(client)) {
    const meant = spellings.get(spelling(name))
    if (meant === undefined || names.has(name) || Object.hasOwn(client, meant)) continue
    return { field: name, expected: `unknown; did you mean \`${meant}\`?` }
  }
  return undefined
}
