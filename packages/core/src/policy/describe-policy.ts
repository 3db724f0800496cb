import type { ServerContext } from '../contract/context.ts'
import type { Mitigation } from '../contract/policy.ts'
import { type Client, DEVICE_CODE_GRANT_TYPE } from '../protocol.ts'

/**
 * Lists the mitigations and their states, one row each. `clients` is `undefined` if a function finds the clients.
 * @see {@link https://www.rfc-editor.org/rfc/rfc10027#section-6.1 RFC 10027 section 6.1}
 */
export function describePolicy<Native>(
  context: ServerContext<Native>,
  clients: readonly Client[] | undefined,
): readonly Mitigation[] {
  const rows: readonly Row[] = [
    ...proximity(context),
    ...lifetimes(context),
    ['6.1.6', 'ending grants by user, client or address', 'on', 'deviceAuth.devices.revokeBy…'],
    ...perClient(clients),
    ['6.1.11', 'limits of requests and approvals', 'on', 'limits'],
    ['6.1.12', 'tokens bound to the device', keyBindingState(context), 'keyBinding'],
    ...notices(context),
  ]
  return Object.freeze(
    rows.map(([section, mitigation, state, by]) => Object.freeze({ section, mitigation, state, by })),
  )
}

type Row = readonly [section: string, mitigation: string, state: string, by: string]

function proximity<Native>({ options: { policy }, overridden }: ServerContext<Native>): Row[] {
  const verdict = (rule: unknown): string => (typeof rule === 'function' ? 'by a function' : String(rule))
  const countryUnknown = !overridden.has('describeRequester') && typeof policy.otherCountry !== 'function'
  return [
    ['6.1.1', 'approval from the same browser', verdict(policy.sameDevice), 'policy.sameDevice'],
    ['6.1.1', 'approval from another network', verdict(policy.otherNetwork), 'policy.otherNetwork'],
    countryUnknown
      ? ['6.1.1', 'approval from another country', 'off', 'needs a country from the hook describeRequester']
      : ['6.1.1', 'approval from another country', verdict(policy.otherCountry), 'policy.otherCountry'],
  ]
}

function lifetimes<Native>({ options }: ServerContext<Native>): Row[] {
  const { expiresIn, accessToken, refreshToken } = options
  const refresh = refreshToken === false ? 'no refresh token' : `refresh token ${refreshToken.expiresIn} s`
  return [
    ['6.1.2', 'short-lived codes', `${expiresIn} s`, 'expiresIn'],
    ['6.1.3', 'one-time codes', 'on', 'always'],
    ['6.1.10', 'short-lived tokens', `${accessToken.expiresIn} s, ${refresh}`, 'accessToken, refreshToken'],
  ]
}

function keyBindingState<Native>({ keyBinding }: ServerContext<Native>): string {
  return keyBinding.length === 0
    ? 'off'
    : keyBinding.map(({ method }) => (method === 'jkt' ? 'DPoP' : 'mTLS')).join(', ')
}

function perClient(clients: readonly Client[] | undefined): Row[] {
  const count = (has: (client: Client) => boolean): string =>
    clients === undefined ? 'set by each client' : share(clients.filter(has).length, clients.length)
  return [
    ['6.1.7', 'clients without this grant', count((client) => !hasDeviceGrant(client)), 'grant_types'],
    [
      '6.1.8',
      'clients bound to networks',
      count(({ allowed_networks }) => allowed_networks !== undefined),
      'allowed_networks',
    ],
    ['6.1.9', 'clients with a scope limit', count(({ device_scope }) => device_scope !== undefined), 'device_scope'],
    ['6.1.16', 'number matching', count(({ number_matching }) => number_matching === true), 'number_matching'],
  ]
}

function hasDeviceGrant({ grant_types = [] }: Client): boolean {
  return grant_types.includes(DEVICE_CODE_GRANT_TYPE)
}

/** In the words of the column `state`. */
function share(some: number, all: number): string {
  if (some === 0) return 'off'
  return some === all ? 'on' : `${some} of ${all} clients`
}

function notices<Native>({ options, overridden, events }: ServerContext<Native>): Row[] {
  const told = events.has('redeemed')
  const own = options.paths.verification === false
  const bound = overridden.has('resolveLoginHint')
  return [
    [
      '6.1.13',
      'users are told of new devices',
      told ? 'on' : 'off',
      told ? 'your listener of the event redeemed' : 'needs a listener of the event redeemed',
    ],
    ['6.1.14', 'a page that shows the client and its scopes', own ? 'yours' : 'on', 'paths.verification'],
    ['6.1.15', 'requests bound to a user in advance', bound ? 'on' : 'off', 'the hook resolveLoginHint'],
    ['6.1.17', 'a message on both screens', 'on', 'binding_message of the device'],
  ]
}
