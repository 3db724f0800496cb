import { type Check, either, isFunction, isOneOf } from '../checks.ts'
import type { ApprovalRule, Policy, PolicyRule, Risk } from '../contract/policy.ts'
import { guard } from '../time-limit.ts'

const isRule = either(isOneOf('allow', 'warn', 'refuse'), isFunction)

/** The checks of the option `policy`. */
export const policyChecks: Record<keyof Policy, Check> = {
  sameDevice: isRule,
  otherNetwork: isRule,
  otherCountry: isRule,
  deviceAuthorization: isFunction,
}

const presets: Readonly<Record<Risk, Policy>> = {
  low: { sameDevice: 'warn', otherNetwork: 'warn', otherCountry: 'warn', deviceAuthorization: () => true },
  high: { sameDevice: 'warn', otherNetwork: 'warn', otherCountry: 'refuse', deviceAuthorization: () => true },
}

/**
 * The rules of the option `risk`, with those of the option `policy` in their place.
 *
 * @param timeout - The milliseconds that a function among the rules may take.
 */
export function resolvePolicy<Native>(
  risk: Risk,
  given: Partial<Policy<Native>> = {},
  timeout: number,
): Policy<Native> {
  const preset = presets[risk]
  const bounded = (name: ApprovalRule): PolicyRule => {
    const rule = given[name] ?? preset[name]
    return typeof rule === 'function' ? guard(`policy.${name}`, 'hook', timeout, rule) : rule
  }
  const { deviceAuthorization = preset.deviceAuthorization } = given
  return Object.freeze({
    sameDevice: bounded('sameDevice'),
    otherNetwork: bounded('otherNetwork'),
    otherCountry: bounded('otherCountry'),
    deviceAuthorization: guard('policy.deviceAuthorization', 'hook', timeout, deviceAuthorization),
  })
}
