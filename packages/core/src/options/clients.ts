import { addressRange } from '../address.ts'
import type { FindClient } from '../contract/clients.ts'
import { type Awaitable, chain } from '../http.ts'
import type { Client } from '../protocol.ts'
import { isScopeToken, isWithinScope } from '../scope.ts'
import { OptionError } from './check.ts'

type Clients = readonly Client[] | ((clientId: string) => Awaitable<Client | undefined>)

/** The client authentication methods that need no extension. */
export const builtInMethods: readonly string[] = ['none', 'client_secret_basic', 'client_secret_post']

/** Checks listed clients once and indexes them; a function is taken as it is. */
export function clientFinder(
  clients: Clients,
  scopes: Readonly<Record<string, string>>,
  methods: readonly string[],
): FindClient {
  // databases answer null
  if (typeof clients === 'function') return (clientId) => chain(clients(clientId), (client) => client ?? undefined)
  const byId = new Map<string, Client>()
  clients.forEach((client, index) => {
    checkClient(client, `clients[${index}]`, scopes, [...builtInMethods, ...methods])
    if (byId.has(client.client_id))
      throw new OptionError(`clients[${index}].client_id`, client.client_id, 'an id of its own')
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
  const {
    client_id,
    client_secret,
    token_endpoint_auth_method = 'client_secret_basic',
    grant_types = [],
    scope = '',
  } = Object(client)
  if (typeof client_id !== 'string' || !/^[\x20-\x7e]+$/.test(client_id)) {
    throw new OptionError(`${option}.client_id`, client_id, 'a string of printable ASCII characters')
  }
  if (!methods.includes(token_endpoint_auth_method)) {
    throw new OptionError(
      `${option}.token_endpoint_auth_method`,
      token_endpoint_auth_method,
      `one of ${methods.join(', ')}`,
    )
  }
  const needsSecret = token_endpoint_auth_method.startsWith('client_secret_')
  if (needsSecret && (typeof client_secret !== 'string' || client_secret === '')) {
    const hint = 'a secret (a device without one is made by deviceClient(), or has token_endpoint_auth_method: "none")'
    throw new OptionError(`${option}.client_secret`, undefined, hint)
  }
  // a string would be searched for a part of itself
  if (!Array.isArray(grant_types) || !grant_types.every((grantType) => typeof grantType === 'string')) {
    throw new OptionError(`${option}.grant_types`, grant_types, 'an array of grant types')
  }
  checkScope(scope, option, scopes)
  checkDeviceRules(client, option)
}

/** What limits the device sign-in of this client. */
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

function checkScope(scope: unknown, option: string, scopes: Readonly<Record<string, string>>): void {
  const unknown =
    typeof scope === 'string'
      ? splitScope(scope).filter((part) => !Object.hasOwn(scopes, part) || !isScopeToken(part))
      : [scope]
  if (unknown.length > 0) {
    throw new OptionError(
      `${option}.scope`,
      scope,
      `scopes that the option \`scopes\` knows, unlike ${unknown.join(', ')}`,
    )
  }
}

/** Without the option `scopes`: those of the clients listed, described by their names. */
export function knownScopes(clients: Clients): Readonly<Record<string, string>> {
  const listed = typeof clients === 'function' ? [] : clients
  return Object.fromEntries(
    listed.flatMap((client) => splitScope(String(client?.scope ?? ''))).map((scope) => [scope, scope]),
  )
}

function splitScope(scope: string): string[] {
  return scope.split(' ').filter((part) => part !== '')
}
