import type { ServerContext } from '../contract/context.ts'
import type { RefusalReason } from '../contract/events.ts'
import { OAuthError } from '../errors.ts'
import { type Awaitable, chain, type OAuthRequest } from '../http.ts'
import { type AddressRange, addressKey, addressRange, isWithin } from '../ip-address.ts'
import type { Client } from '../protocol.ts'

/**
 * Refuses a device authorization request from outside the client's `allowed_networks`, or one that the rule
 * `policy.deviceAuthorization` does not allow.
 * @throws {OAuthError} `unauthorized_client`. `access_denied` would be wrong, because no user has decided anything.
 * @throws {TypeError} if `allowed_networks` is not a list of networks.
 */
export function requireAllowed<Native>(
  client: Client,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): Awaitable<void> {
  const { client_id: clientId, allowed_networks: networks } = client
  const { ip } = request
  const refuse = (reason: RefusalReason): never => {
    context.events.emit('refused', { at: context.now(), reason, clientId, ip })
    throw new OAuthError(
      'unauthorized_client',
      'A rule of the server does not let this client ask for codes from this address.',
    )
  }
  if (networks !== undefined && !isWithin(addressKey(ip), readNetworks(networks))) refuse('allowedNetworks')
  return chain(context.options.policy.deviceAuthorization({ client, ip, request }), (allowed) => {
    if (allowed !== true) refuse('deviceAuthorization')
  })
}

/** Clients that a function finds are not checked when the server is created, so their networks are checked here. */
function readNetworks(networks: readonly string[]): readonly AddressRange[] {
  const ranges = Array.isArray(networks) ? networks.map(addressRange) : [undefined]
  if (ranges.every((range) => range !== undefined)) return ranges
  throw new TypeError('Device Auth: allowed_networks of a client must be an array of networks in CIDR notation.')
}
