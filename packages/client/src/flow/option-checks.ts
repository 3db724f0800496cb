import {
  type Check,
  type Checks,
  checkOptions,
  hasMethods,
  isBoolean,
  isFunction,
  isNumberOf,
  isObject,
  isOneOf,
  isString,
  isText,
  isTexts,
  isTextsByName,
} from '../runtime/options.ts'
import type { DeviceFlowOptions } from './options.ts'

const isSecret: Check = (value) =>
  isText(value) === undefined
    ? undefined
    : 'a secret that is not empty; a client without a secret leaves the option out'

/** The checks of the options of a flow. */
export const flowChecks: Checks<DeviceFlowOptions> = {
  issuer: isString,
  deviceAuthorizationEndpoint: isText,
  tokenEndpoint: isText,
  revocationEndpoint: isText,
  maxPollWait: isNumberOf('seconds'),
  clientId: isText,
  clientSecret: isSecret,
  authentication: isFunction,
  scope: isTexts,
  resource: isTexts,
  parameters: isTextsByName(true),
  headers: isTextsByName(false),
  dpop: hasMethods('the result of createDpopProver()', 'prove', 'remember'),
  pkce: isBoolean,
  nonceMode: isOneOf('automatic', 'enabled', 'disabled'),
  onRequest: isFunction,
  verifyIdToken: isFunction,
  requireIdToken: isBoolean,
  autoRefresh: isBoolean,
  refreshLeadTime: (value) => (typeof value === 'number' && !Number.isNaN(value) ? undefined : 'a number of seconds'),
  onExpired: isOneOf('fail', 'renew'),
  maxRenewals: isNumberOf('renewals'),
  timeLimit: isNumberOf('seconds'),
  maxAttempts: isNumberOf('attempts'),
  maxNetworkFailures: isNumberOf('failures'),
  random: isFunction,
  profile: isObject,
  fetch: isFunction,
  signal: hasMethods('an AbortSignal', 'addEventListener', 'removeEventListener'),
  timeout: isNumberOf('seconds'),
  maxBodySize: isNumberOf('bytes'),
  dangerouslyAllowHttp: isBoolean,
  clock: hasMethods('an object with now(), setTimeout() and clearTimeout()', 'now', 'setTimeout', 'clearTimeout'),
}

/**
 * Checks the options of a flow.
 *
 * @param name - The function or the class that got them, for the messages.
 * @throws {TypeError} that names the option and what is expected.
 */
export function checkFlowOptions(name: string, options: DeviceFlowOptions): DeviceFlowOptions {
  const given = checkOptions(name, options, flowChecks, ['clientId'])
  if ((given.issuer ?? given.tokenEndpoint ?? given.deviceAuthorizationEndpoint) !== undefined) return given
  throw new TypeError(
    `${name} needs the option \`issuer\`, or \`deviceAuthorizationEndpoint\` and \`tokenEndpoint\`. See the README of @device-auth/client.`,
  )
}
