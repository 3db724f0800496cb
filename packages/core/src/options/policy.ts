import type { ApprovalRule, Policy, PolicyRule, Risk } from '../contract/policy.ts'
import { guard } from '../guard.ts'
import { type Check, either, isFunction, isOneOf } from './check.ts'

const isRule = either(isOneOf('allow', 'warn', 'refuse'), isFunction)

/** What each rule of the option `policy` has to be. */
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

/** The preset with the rules that the application gives in its place, each bounded in time (milliseconds). */
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
