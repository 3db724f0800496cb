import { OptionError, withoutNull } from '../checks.ts'
import type { ClientAuthentication, ClientFinder, FindClient } from '../contract/clients.ts'
import type { KeyMethod } from '../contract/key-binding.ts'
import type { ResolvedOptions } from '../contract/resolved-options.ts'
import { chain } from '../http.ts'
import { addressRange } from '../ip-address.ts'
import { isResource } from '../policy/resources.ts'
import { type Client, DEVICE_CODE_GRANT_TYPE } from '../protocol.ts'
import { isScopeToken, isWithinScope } from '../scope.ts'
import { type Fault, misspeltFault, typeFault } from './client-members.ts'

type Clients = readonly Client[] | ClientFinder

/** The client authentication methods that need no extension. */
export const builtInMethods: readonly string[] = ['none', 'client_secret_basic', 'client_secret_post']

function faultError(client: string, fault: Fault): OptionError {
  const path = `${client}.${fault.field}`
  return 'given' in fault ? new OptionError(path, fault.given, fault.expected) : new OptionError(path, fault.expected)
}

/** The rules for a client: the known scopes, the methods of authentication, and if the default hooks check its secret. */
export interface ClientRules {
  readonly scopes: Readonly<Record<string, string>>
  /** The option `clientAuthentication`. */
  readonly methods: Readonly<Record<string, ClientAuthentication>>
  readonly needsSecret: boolean
  /** True if the option `openid` is given. */
  readonly hasOpenId: boolean
  /** The methods of the option `keyBinding`. */
  readonly keyMethods: readonly KeyMethod[]
}

/**
 * Makes the function that finds a client by its id. Listed clients are checked once, here; those of a function by {@link reportFaults}.
 * A member that is `null` counts as absent.
 *
 * @param rules - The known scopes with their descriptions, and the option `clientAuthentication`.
 * @throws {OptionError} for a listed client that cannot work.
 */
export function clientFinder(clients: Clients, known: Omit<ClientRules, 'needsSecret'>): ClientFinder {
  // a database may answer null
  if (typeof clients === 'function') {
    const find: FindClient = (clientId) => chain(clients(clientId), (client) => client ?? undefined)
    return Object.assign(find, { metadata: { ...clients.metadata } })
  }
  const byId = new Map<string, Client>()
  const rules = { ...known, needsSecret: true }
  clients.forEach((client, index) => {
    const fault = faultOf(client, rules)
    if (fault !== undefined) throw faultError(`clients[${index}]`, fault)
    if (byId.has(client.client_id))
      throw new OptionError(`clients[${index}].client_id`, client.client_id, 'an id that no other client has')
    byId.set(client.client_id, Object.freeze(withoutNull(client)))
  })
  return (clientId) => byId.get(clientId)
}

/** The client without members that are `null`, as a row of a database has them. It is copied only if it has some. */
function presentMembers(client: Client | undefined): Client | undefined {
  if (typeof client !== 'object' || client === null) return undefined
  for (const name in client) if (Reflect.get(client, name) === null) return withoutNull(client)
  return client
}

/** The most clients that are remembered as reported, so that a function that invents clients cannot fill the memory. */
const MAX_REPORTED = 1000

/**
 * Reports each client that a function finds and nobody can use, once, and returns it without members that are `null`. A client with a
 * member of a wrong type counts as not registered: its device hears `invalid_client`, which ends its polls. With a server error it would
 * go on asking, for ever.
 *
 * @param report - Called with the error, which names the client and the field.
 * @param accept - Called with each client that has no fault.
 */
export function reportFaults(
  find: FindClient,
  rules: ClientRules,
  report: (error: OptionError) => void,
  accept: (client: Client) => void,
): FindClient {
  const reported = new Set<string>()
  return (clientId) =>
    chain(find(clientId), (client) => {
      const present = presentMembers(client)
      if (client === undefined || present === undefined) return undefined
      const fault = faultOf(client, rules) ?? grantFault(present)
      if (fault === undefined) accept(present)
      const usable = fault === undefined || typeFault(present, rules.needsSecret) === undefined ? present : undefined
      if (fault === undefined || reported.has(clientId) || reported.size === MAX_REPORTED) return usable
      reported.add(clientId)
      report(faultError(`clients(${JSON.stringify(clientId)})`, fault))
      return usable
    })
}

/** The words for an application that has the scope `openid` without OpenID Connect. */
export const openIdNeeded = 'the option `openid`: openIdConnect() of the package @device-auth/jwt'

const deviceGrant = `'${DEVICE_CODE_GRANT_TYPE}'`

/** A device needs its grant by name. A resource server needs none. */
function grantFault({ grant_types, resource_server }: Client): Fault | undefined {
  if (grant_types !== undefined || resource_server === true) return undefined
  const expected = `an array of grant types, for a device with ${deviceGrant}; deviceClient() fills it in`
  return { field: 'grant_types', given: grant_types, expected }
}

/** The rules for a client that the options set. */
export function clientRules<Native>(
  { scopes, clientAuthentication, openid, keyBinding }: ResolvedOptions<Native>,
  needsSecret: boolean,
): ClientRules {
  return {
    scopes,
    methods: clientAuthentication,
    needsSecret,
    hasOpenId: openid !== undefined,
    keyMethods: keyBinding.map(({ method }) => method),
  }
}

/** The reason why nobody can use a client; `undefined` for one that works. */
export function faultOf(given: Client, rules: ClientRules): Fault | undefined {
  const client: Client = withoutNull(Object(given))
  return (
    // first, because the others would only miss the member that is misspelt
    misspeltFault(client) ??
    identityFault(client, rules) ??
    secretFault(client, Object(given).client_secret, rules) ??
    grantTypesFault(client) ??
    scopeFault(client, rules) ??
    deviceRulesFault(client) ??
    targetFault(client) ??
    keyFault(client, rules) ??
    typeFault(client, rules.needsSecret) ??
    methodFault(client, rules)
  )
}

/** The fault that a method of the option `clientAuthentication` finds in a client that is registered for it. */
function methodFault(client: Client, { methods }: ClientRules): Fault | undefined {
  for (const name of client.token_endpoint_auth_methods ?? [usualMethod(client)]) {
    const fault = methods[name]?.clientFault?.(client)
    if (fault !== undefined) return { field: fault.field, expected: fault.text }
  }
  return undefined
}

function identityFault(client: Client, { methods: extensions }: ClientRules): Fault | undefined {
  const methods = [...builtInMethods, ...Object.keys(extensions)]
  const { client_id, token_endpoint_auth_methods: list, device_authorization_endpoint_auth_method: asking } = client
  if (typeof client_id !== 'string' || !/^[\x20-\x7e]+$/.test(client_id))
    return { field: 'client_id', given: client_id, expected: 'a string of printable ASCII characters' }
  const one = usualMethod(client)
  if (!methods.includes(one))
    return { field: 'token_endpoint_auth_method', given: one, expected: `one of ${methods.join(', ')}` }
  if (list !== undefined && !isMethodList(list, one, methods)) {
    const expected = `a list of some of ${methods.join(', ')}, with token_endpoint_auth_method among them, and "none" alone`
    return { field: 'token_endpoint_auth_methods', given: list, expected }
  }
  if (asking === undefined || asking === 'none') return undefined
  return { field: 'device_authorization_endpoint_auth_method', given: asking, expected: '"none", or no such member' }
}

/** The registered method; without one, the first of the list. */
function usualMethod({ token_endpoint_auth_methods: list, token_endpoint_auth_method: one }: Client): string {
  return one ?? (Array.isArray(list) ? list[0] : undefined) ?? 'client_secret_basic'
}

function secretFault(client: Client, given: unknown, { needsSecret }: ClientRules): Fault | undefined {
  const { client_secret, client_secret_hash: hash, token_endpoint_auth_methods: list = [] } = client
  if (hash !== undefined) return hashFault(hash, client_secret)
  const usable = typeof client_secret === 'string' && client_secret !== ''
  const uses = [usualMethod(client), ...list].some((method) => method.startsWith('client_secret_'))
  if (usable || !needsSecret || !uses) return undefined
  const expected = 'a secret; for a device without one use deviceClient(), or set token_endpoint_auth_method: "none"'
  const shown = given === null || given === undefined || given === ''
  return shown
    ? { field: 'client_secret', given, expected }
    : { field: 'client_secret', expected: `not a string; expected ${expected}.` }
}

function hashFault(hash: unknown, secret: unknown): Fault | undefined {
  const field = 'client_secret_hash'
  if (secret !== undefined) return { field, expected: 'given beside `client_secret`; give one of them.' }
  if (typeof hash === 'string' && /^[A-Za-z0-9_-]{43}$/.test(hash)) return undefined
  return {
    field,
    expected: 'no hash; expected the SHA-256 of the secret in base64url, as hashSecret(secret) makes it.',
  }
}

function grantTypesFault({ grant_types: given = [] }: Client): Fault | undefined {
  // in a string, `includes` would find a part of it
  if (!Array.isArray(given) || !given.every((grantType) => typeof grantType === 'string'))
    return { field: 'grant_types', given, expected: 'an array of grant types' }
  const short = given.find((grantType) => /device[_-]?code$/i.test(grantType) && grantType !== DEVICE_CODE_GRANT_TYPE)
  if (short === undefined) return undefined
  return { field: 'grant_types', given: short, expected: `the full name of the grant, ${deviceGrant}` }
}

function isMethodList(list: unknown, one: string, methods: readonly string[]): boolean {
  if (!Array.isArray(list) || !list.includes(one)) return false
  return list.every((method) => methods.includes(method)) && (list.length === 1 || !list.includes('none'))
}

const keyMembers = {
  dpop_bound_access_tokens: ['jkt', 'dpop()'],
  tls_client_certificate_bound_access_tokens: ['x5t#S256', 'certificateBinding({ certificate })'],
} as const satisfies Partial<Record<keyof Client, readonly [KeyMethod, string]>>

/** A client that has to prove its key can never get a token from a server that cannot check the proof. */
function keyFault(client: Client, { keyMethods }: ClientRules): Fault | undefined {
  for (const field of ['dpop_bound_access_tokens', 'tls_client_certificate_bound_access_tokens'] as const) {
    const { [field]: given } = client
    const [method, binding] = keyMembers[field]
    if (given !== undefined && typeof given !== 'boolean') return { field, given, expected: 'true or false' }
    if (given !== true || keyMethods.includes(method)) continue
    return {
      field,
      given,
      expected: `false, or ${binding} of the package @device-auth/jwt in the option \`keyBinding\``,
    }
  }
  if (client.dpop_bound_access_tokens === true && client.tls_client_certificate_bound_access_tokens === true) {
    const field = 'tls_client_certificate_bound_access_tokens'
    return { field, given: true, expected: 'false beside dpop_bound_access_tokens: a token is bound to one key' }
  }
  return undefined
}

/** Checks the members that limit a client's device sign-in. */
function deviceRulesFault(client: Client): Fault | undefined {
  const { scope = '', device_scope, allowed_networks } = client
  for (const field of ['number_matching', 'first_party', 'device_keys'] as const) {
    if (client[field] !== undefined && typeof client[field] !== 'boolean')
      return { field, given: client[field], expected: 'true or false' }
  }
  if (device_scope !== undefined && !(typeof device_scope === 'string' && isWithinScope(device_scope, scope)))
    return { field: 'device_scope', given: device_scope, expected: "scopes that are in the client's `scope`" }
  if (allowed_networks === undefined) return undefined
  const listed = Array.isArray(allowed_networks) && allowed_networks.length > 0
  const wrong = listed ? allowed_networks.find((network) => addressRange(network) === undefined) : allowed_networks
  if (listed && allowed_networks.every((network) => addressRange(network) !== undefined)) return undefined
  return { field: 'allowed_networks', given: wrong, expected: "networks in CIDR notation, such as ['192.0.2.0/24']" }
}

function targetFault({ resources, authorization_details_types: types }: Client): Fault | undefined {
  if (types !== undefined && !(Array.isArray(types) && types.every((type) => typeof type === 'string')))
    return { field: 'authorization_details_types', given: types, expected: 'a list of names of types' }
  if (resources === undefined || (Array.isArray(resources) && resources.every(isResource))) return undefined
  return { field: 'resources', given: resources, expected: 'a list of absolute URIs without fragments' }
}

function scopeFault({ scope = '' }: Client, { scopes, hasOpenId }: ClientRules): Fault | undefined {
  const field = 'scope'
  if (typeof scope !== 'string')
    return { field, given: scope, expected: "a space-delimited string, such as 'profile videos'" }
  if (!hasOpenId && !Object.hasOwn(scopes, 'openid') && splitScope(scope).includes('openid'))
    return { field, given: scope, expected: `scopes without openid, or ${openIdNeeded}` }
  const unknown = splitScope(scope).filter((part) => !isKnownScope(part, scopes) || !isScopeToken(part))
  if (unknown.length === 0) return undefined
  const expected = `scopes that the option \`scopes\` has; it does not have ${unknown.join(', ')}`
  return { field, given: scope, expected }
}

function isKnownScope(scope: string, scopes: ClientRules['scopes']): boolean {
  return Object.hasOwn(scopes, scope) || Object.keys(scopes).length === 0
}

/** The default of the option `scopes`: the scopes of the listed clients, described by their names. */
export function knownScopes(clients: Clients): Readonly<Record<string, string>> {
  const listed = typeof clients === 'function' ? [] : clients
  return Object.fromEntries(
    listed
      .flatMap((client) => (typeof client?.scope === 'string' ? splitScope(client.scope) : []))
      .map((scope) => [scope, scope]),
  )
}

function splitScope(scope: string): string[] {
  return scope.split(' ').filter((part) => part !== '')
}
