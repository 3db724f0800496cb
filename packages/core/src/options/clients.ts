import type { FindClient } from '../contract/clients.ts'
import { type Awaitable, chain } from '../http.ts'
import { addressRange } from '../ip-address.ts'
import type { Client } from '../protocol.ts'
import { isScopeToken, isWithinScope } from '../scope.ts'
import { OptionError } from './checks.ts'

type Clients = readonly Client[] | ((clientId: string) => Awaitable<Client | undefined>)

/** The client authentication methods that need no extension. */
export const builtInMethods: readonly string[] = ['none', 'client_secret_basic', 'client_secret_post']

/**
 * Makes the function that finds a client by its id. Listed clients are checked once, here; the clients of a function
 * are not checked.
 *
 * @param scopes - The known scopes with their descriptions.
 * @param methods - The names of the option `clientAuthentication`.
 * @throws {OptionError} for a listed client that cannot work.
 */
export function clientFinder(
  clients: Clients,
  scopes: Readonly<Record<string, string>>,
  methods: readonly string[],
): FindClient {
  // a database may answer null
  if (typeof clients === 'function') return (clientId) => chain(clients(clientId), (client) => client ?? undefined)
  const byId = new Map<string, Client>()
  clients.forEach((client, index) => {
    checkClient(client, `clients[${index}]`, scopes, [...builtInMethods, ...methods])
    if (byId.has(client.client_id))
      throw new OptionError(`clients[${index}].client_id`, client.client_id, 'an id that no other client has')
    byId.set(client.client_id, Object.freeze({ ...client }))
  })
  return (clientId) => byId.get(clientId)
}

function checkClient(
  client: Client,
  option: string,
  scopes: Readonly<Record<string, string>>,
  methods: readonly string[],
): void {
  const { client_id, grant_types = [], scope = '' } = Object(client)
  if (typeof client_id !== 'string' || !/^[\x20-\x7e]+$/.test(client_id)) {
    throw new OptionError(`${option}.client_id`, client_id, 'a string of printable ASCII characters')
  }
  checkAuthentication(client, option, methods)
  // in a string, `includes` would find a part of it
  if (!Array.isArray(grant_types) || !grant_types.every((grantType) => typeof grantType === 'string')) {
    throw new OptionError(`${option}.grant_types`, grant_types, 'an array of grant types')
  }
  checkRegisteredScope(scope, option, scopes)
  checkDeviceRules(client, option)
}

/** Checks the members that say how a client authenticates. */
function checkAuthentication(client: Client, option: string, methods: readonly string[]): void {
  const {
    client_secret,
    token_endpoint_auth_methods: list,
    token_endpoint_auth_method: one = (Array.isArray(list) ? list[0] : undefined) ?? 'client_secret_basic',
    device_authorization_endpoint_auth_method: asking,
  } = client
  if (!methods.includes(one))
    throw new OptionError(`${option}.token_endpoint_auth_method`, one, `one of ${methods.join(', ')}`)
  if (list !== undefined && !isMethodList(list, one, methods)) {
    const hint = `a list of some of ${methods.join(', ')}, with token_endpoint_auth_method among them, and "none" alone`
    throw new OptionError(`${option}.token_endpoint_auth_methods`, list, hint)
  }
  if (asking !== undefined && asking !== 'none')
    throw new OptionError(`${option}.device_authorization_endpoint_auth_method`, asking, '"none", or nothing')
  const needsSecret = [one, ...(list ?? [])].some((method) => method.startsWith('client_secret_'))
  if (needsSecret && (typeof client_secret !== 'string' || client_secret === '')) {
    const hint = 'a secret; for a device without one use deviceClient(), or set token_endpoint_auth_method: "none"'
    throw new OptionError(`${option}.client_secret`, client_secret === null ? null : undefined, hint)
  }
}

function isMethodList(list: unknown, one: string, methods: readonly string[]): boolean {
  if (!Array.isArray(list) || !list.includes(one)) return false
  return list.every((method) => methods.includes(method)) && (list.length === 1 || !list.includes('none'))
}

/** Checks the members that limit a client's device sign-in. */
function checkDeviceRules(client: Client, option: string): void {
  const { scope = '', device_scope, allowed_networks, number_matching = false } = client
  if (typeof number_matching !== 'boolean')
    throw new OptionError(`${option}.number_matching`, number_matching, 'true or false')
  if (device_scope !== undefined && !(typeof device_scope === 'string' && isWithinScope(device_scope, scope)))
    throw new OptionError(`${option}.device_scope`, device_scope, "scopes that are in the client's `scope`")
  if (allowed_networks === undefined) return
  const valid = Array.isArray(allowed_networks) && allowed_networks.length > 0
  const wrong = valid ? allowed_networks.find((network) => addressRange(network) === undefined) : allowed_networks
  if (!valid || allowed_networks.some((network) => addressRange(network) === undefined))
    throw new OptionError(`${option}.allowed_networks`, wrong, "networks in CIDR notation, such as ['192.0.2.0/24']")
}

function checkRegisteredScope(scope: unknown, option: string, scopes: Readonly<Record<string, string>>): void {
  if (Array.isArray(scope))
    throw new OptionError(`${option}.scope`, scope, "a space-delimited string, such as 'profile videos'")
  const unknown =
    typeof scope === 'string'
      ? splitScope(scope).filter((part) => !Object.hasOwn(scopes, part) || !isScopeToken(part))
      : [scope]
  if (unknown.length > 0) {
    throw new OptionError(
      `${option}.scope`,
      scope,
      `scopes that the option \`scopes\` has; it does not have ${unknown.join(', ')}`,
    )
  }
}

/** The default of the option `scopes`: the scopes of the listed clients, described by their names. */
export function knownScopes(clients: Clients): Readonly<Record<string, string>> {
  const listed = typeof clients === 'function' ? [] : clients
  return Object.fromEntries(
    listed.flatMap((client) => splitScope(String(client?.scope ?? ''))).map((scope) => [scope, scope]),
  )
}

function splitScope(scope: string): string[] {
  return scope.split(' ').filter((part) => part !== '')
}
