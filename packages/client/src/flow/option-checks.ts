import { serverChecks } from '../endpoints/authorization-server.ts'
import { pollChecks } from '../polling/loop.ts'
import {
  type Check,
  type Checks,
  checkOptions,
  hasMethods,
  isBoolean,
  isFunction,
  isNumberOf,
  isOneOf,
  isText,
  isTexts,
  isTextsByName,
} from '../runtime/options.ts'
import type { DeviceFlowOptions } from './options.ts'

const isSecret: Check = (value) =>
  isText(value) === undefined
    ? undefined
    : 'a secret that is not empty; a client without a secret leaves the option out'

/** Checks for a prover. */
export const isProver: Check = (value) => {
  const expected = 'the result of createDpopProver() of @device-auth/client/dpop'
  const hasThumbprint = isText(Object(value).thumbprint) === undefined
  return hasThumbprint ? hasMethods(expected, 'prove', 'remember')(value) : expected
}

/** Makes the checks of the options of a flow. A function, because bundlers keep a constant that spreads others, even if nothing uses it. */
export const flowChecks = (): Checks<DeviceFlowOptions> => ({
  ...pollChecks,
  ...serverChecks,
  clientId: isText,
  clientSecret: isSecret,
  authentication: isFunction,
  scope: isTexts,
  resource: isTexts,
  parameters: isTextsByName(true),
  headers: isTextsByName(false),
  dpop: isProver,
  pkce: isBoolean,
  nonceMode: isOneOf('automatic', 'enabled', 'disabled'),
  onRequest: isFunction,
  verifyIdToken: isFunction,
  requireIdToken: isBoolean,
  autoRefresh: isBoolean,
  refreshLeadTime: (value) => (typeof value === 'number' && !Number.isNaN(value) ? undefined : 'a number of seconds'),
  onExpired: isOneOf('fail', 'renew'),
  maxRenewals: isNumberOf('renewals'),
  maxAttempts: isNumberOf('attempts'),
})

/**
 * Checks the options of a flow.
 *
 * @param name - The function or the class that got them, for the messages.
 * @throws {TypeError} that names the option and what is expected.
 */
export function checkFlowOptions(name: string, options: DeviceFlowOptions): DeviceFlowOptions {
  const given = checkOptions(name, options, flowChecks(), ['clientId'])
  if ((given.issuer ?? given.tokenEndpoint ?? given.deviceAuthorizationEndpoint) !== undefined) return given
  throw new TypeError(
    `${name} needs the option \`issuer\`, or \`deviceAuthorizationEndpoint\` and \`tokenEndpoint\`. See the README of @device-auth/client.`,
  )
}
