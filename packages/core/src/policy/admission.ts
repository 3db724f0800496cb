import { type AddressRange, addressKey, addressRange, isWithin } from '../address.ts'
import type { ServerContext } from '../contract/context.ts'
import type { RefusalReason } from '../contract/events.ts'
import { OAuthError } from '../errors.ts'
import type { OAuthRequest } from '../http.ts'
import type { Client } from '../protocol.ts'

/**
 * Whether this client may ask for codes from where it is.
 * @throws {OAuthError} `unauthorized_client`: nobody has decided anything, so `access_denied` would mislead.
 */
export async function requireAllowed<Native>(
  client: Client,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): Promise<void> {
  const { client_id: clientId, allowed_networks: networks } = client
  const { ip } = request
  const refuse = (reason: RefusalReason): never => {
    context.events.emit('refused', { at: context.now(), reason, clientId, ip })
    throw new OAuthError('unauthorized_client', 'The client may not ask for codes from here.')
  }
  if (networks !== undefined && !isWithin(addressKey(ip), readNetworks(networks))) refuse('allowedNetworks')
  if ((await context.options.policy.deviceAuthorization({ client, ip, request })) !== true)
    refuse('deviceAuthorization')
}

/** Of a client that a function found, nobody has checked them before. */
function readNetworks(networks: readonly string[]): readonly AddressRange[] {
  const ranges = Array.isArray(networks) ? networks.map(addressRange) : [undefined]
  if (ranges.every((range) => range !== undefined)) return ranges
  throw new TypeError('Device Auth: allowed_networks of a client must be an array of networks in CIDR notation.')
}

/** The only subject that may answer; `''` for a hint that means nobody, so that the device cannot ask who exists. */
export async function resolveSubject<Native>(
  hint: string | undefined,
  client: Client,
  context: ServerContext<Native>,
): Promise<string | undefined> {
  if (hint === undefined || !context.overridden.has('resolveLoginHint')) return undefined
  const subject = (await context.hooks.resolveLoginHint(hint, client)) ?? ''
  if (typeof subject === 'string') return subject
  throw new TypeError('Device Auth: resolveLoginHint must return a subject, a string, or undefined.')
}
