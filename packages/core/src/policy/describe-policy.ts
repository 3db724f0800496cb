import type { ServerContext } from '../contract/context.ts'
import type { Finding, Mitigation, PolicyRule } from '../contract/policy.ts'
import { type Client, DEVICE_CODE_GRANT_TYPE } from '../protocol.ts'

/**
 * Lists the mitigations of RFC 10027 and their states, in the order of its sections.
 *
 * @param clients - The listed clients; `undefined` if a function finds the clients.
 * @param mayAskUnproven - Returns true for a client that gets codes by its id alone.
 * @see {@link https://www.rfc-editor.org/rfc/rfc10027#section-6.1 RFC 10027 section 6.1}
 */
export function describePolicy<Native>(
  context: ServerContext<Native>,
  clients: readonly Client[] | undefined,
  mayAskUnproven: (client: Client) => boolean,
): readonly Mitigation[] {
  const count = (has: (client: Client) => boolean): string =>
    clients === undefined ? 'set by each client' : share(clients.filter(has).length, clients.length)
  const rows: readonly Row[] = [
    ...proximity(context),
    ...codes(context),
    ...remedies(context),
    ...origins(context, count, mayAskUnproven),
    ...tokens(context, count),
    ...users(context, count),
    ...selection(context, count),
  ]
  return Object.freeze(
    rows.map(([section, mitigation, state, by]) => Object.freeze({ section, mitigation, state, by })),
  )
}

type Row = readonly [section: string, mitigation: string, state: string, by: string]
/** Says for how many clients something holds, in the words of the column `state`. */
type Count = (has: (client: Client) => boolean) => string

/** The effect of a rule for one finding. */
function ruleState(rule: PolicyRule, finding: Finding): string {
  if (typeof rule === 'function') return 'by a function'
  return typeof rule === 'string' ? rule : (rule[finding] ?? 'allow')
}

function proximity<Native>({ options: { policy }, overridden }: ServerContext<Native>): Row[] {
  const countryUnknown = !overridden.has('describeRequester') && typeof policy.otherCountry !== 'function'
  return [
    ['6.1.1', 'approval from another network', ruleState(policy.otherNetwork, 'other'), 'policy.otherNetwork'],
    countryUnknown
      ? ['6.1.1', 'approval from another country', 'off', 'needs a country from the hook describeRequester']
      : ['6.1.1', 'approval from another country', ruleState(policy.otherCountry, 'other'), 'policy.otherCountry'],
  ]
}

function codes<Native>({ options: { expiresIn } }: ServerContext<Native>): Row[] {
  return [
    ['6.1.2', 'short-lived codes', `${expiresIn} s`, 'expiresIn'],
    ['6.1.3', 'codes for one decision, in one browser', 'on', 'always'],
    ['6.1.4', 'a code that a second account presents is closed', 'on', 'always'],
    ['6.1.5', 'filters for mails with codes', 'yours', 'the page and the code always look the same'],
  ]
}

function keyBindingState<Native>({ keyBinding }: ServerContext<Native>): string {
  return keyBinding.length === 0
    ? 'off'
    : keyBinding.map(({ method }) => (method === 'jkt' ? 'DPoP' : 'mTLS')).join(', ')
}

function remedies<Native>({ events }: ServerContext<Native>): Row[] {
  const told = events.has('redeemed')
  return [
    ['6.1.6', 'ending grants by user, client or address', 'on', 'deviceAuth.devices.revokeBy…'],
    [
      '6.1.6',
      'users are told of new devices, and can sign them out',
      told ? 'on' : 'off',
      told ? 'your listener of the event redeemed' : 'needs a listener of the event redeemed',
    ],
  ]
}

/** The devices and networks that can ask for codes. A secret proves the client, and a device only if it has its own. */
function origins<Native>(
  context: ServerContext<Native>,
  count: Count,
  mayAskUnproven: (client: Client) => boolean,
): Row[] {
  return [
    [
      '6.1.7',
      'trusted devices: clients that get codes only with a proof',
      count((client) => !mayAskUnproven(client)),
      'token_endpoint_auth_method',
    ],
    knownDevices(context),
    [
      '6.1.8',
      'clients bound to networks',
      count(({ allowed_networks }) => allowed_networks !== undefined),
      'allowed_networks',
    ],
  ]
}

/** The devices that users have approved before. Without a way to prove a key, no device is known again. */
function knownDevices<Native>({ options, keyBinding, clientAuthentication }: ServerContext<Native>): Row {
  const mitigation = 'trusted devices: those that the user has approved before, by their key'
  const canProve = keyBinding.length > 0 || clientAuthentication.methods.has('attest_jwt_client_auth')
  return canProve
    ? ['6.1.7', mitigation, options.policy.knownDevice, 'policy.knownDevice']
    : ['6.1.7', mitigation, 'off', 'needs keyBinding, or attest_jwt_client_auth in clientAuthentication']
}

function tokens<Native>(context: ServerContext<Native>, count: Count): Row[] {
  const { accessToken, refreshToken } = context.options
  const refresh = refreshToken === false ? 'no refresh token' : `refresh token ${refreshToken.expiresIn} s`
  return [
    ['6.1.9', 'clients with a scope limit', count(({ device_scope }) => device_scope !== undefined), 'device_scope'],
    ['6.1.10', 'short-lived tokens', `${accessToken.expiresIn} s, ${refresh}`, 'accessToken, refreshToken'],
    ['6.1.11', 'limits of requests and approvals', 'on', 'limits'],
    ['6.1.12', 'tokens bound to a key of the device', keyBindingState(context), 'keyBinding'],
  ]
}

function users<Native>({ options, overridden }: ServerContext<Native>, count: Count): Row[] {
  const page = options.paths.verification === false ? 'yours' : 'on'
  const bound = overridden.has('resolveLoginHint')
  return [
    ['6.1.13', 'a page that says to decline a code that somebody sent', page, 'paths.verification'],
    ['6.1.14', 'a page that shows the client and its scopes', page, 'paths.verification'],
    ['6.1.15', 'requests bound to a user in advance', bound ? 'on' : 'off', 'the hook resolveLoginHint'],
    ['6.1.16', 'number matching', count(({ number_matching }) => number_matching === true), 'number_matching'],
    ['6.1.17', 'a message on both screens', 'on', 'binding_message of the device'],
  ]
}

/** The use of this grant at all: not on one device, and only by clients that need it. */
function selection<Native>({ options: { policy } }: ServerContext<Native>, count: Count): Row[] {
  return [
    ['6.2.1', 'approval on the device that asks', ruleState(policy.sameDevice, 'same'), 'policy.sameDevice'],
    ['6.2.1', 'clients without this grant', count((client) => !hasDeviceGrant(client)), 'grant_types'],
  ]
}

function hasDeviceGrant({ grant_types = [] }: Client): boolean {
  return grant_types.includes(DEVICE_CODE_GRANT_TYPE)
}

function share(some: number, all: number): string {
  if (some === 0) return 'off'
  return some === all ? 'on' : `${some} of ${all} clients`
}
