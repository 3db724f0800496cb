import { type Check, either, isFunction, isObject, isOneOf } from '../checks.ts'
import type { ApprovalRule, Policy, PolicyRule, Risk, Verdict } from '../contract/policy.ts'
import { guard } from '../time-limit.ts'

const isVerdict = isOneOf('allow', 'warn', 'refuse')
const findings: readonly string[] = ['same', 'other', 'unknown', 'known']

const isByFinding: Check = (value) => {
  const fits =
    isObject(value) === undefined &&
    Object.entries(Object(value)).every(([finding, verdict]) => {
      return findings.includes(finding) && (verdict === undefined || isVerdict(verdict) === undefined)
    })
  return fits ? undefined : "verdicts by finding, such as { same: 'refuse', unknown: 'warn' }"
}

const isRule = either(isVerdict, isByFinding, isFunction)

/** The checks of the option `policy`. */
export const policyChecks: Record<keyof Policy, Check> = {
  sameDevice: isRule,
  otherNetwork: isRule,
  otherCountry: isRule,
  knownDevice: isOneOf('off', 'show', 'oneTap'),
  deviceAuthorization: isFunction,
}

const presets: Readonly<Record<Risk, Policy>> = {
  low: {
    sameDevice: 'warn',
    otherNetwork: 'warn',
    otherCountry: 'warn',
    knownDevice: 'oneTap',
    deviceAuthorization: () => true,
  },
  high: {
    sameDevice: 'warn',
    otherNetwork: 'refuse',
    otherCountry: 'refuse',
    knownDevice: 'show',
    deviceAuthorization: () => true,
  },
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
    if (typeof rule === 'function') return guard(`policy.${name}`, 'hook', timeout, rule)
    if (typeof rule !== 'string') return Object.freeze({ ...rule })
    return rule === 'allow' ? rule : byFinding(name, rule, risk)
  }
  const { deviceAuthorization = preset.deviceAuthorization } = given
  return Object.freeze({
    sameDevice: bounded('sameDevice'),
    otherNetwork: bounded('otherNetwork'),
    otherCountry: bounded('otherCountry'),
    knownDevice: given.knownDevice ?? preset.knownDevice,
    deviceAuthorization: guard('policy.deviceAuthorization', 'hook', timeout, deviceAuthorization),
  })
}

/** The meaning of a verdict alone: see the docstrings of {@link Policy}. */
function byFinding(name: ApprovalRule, verdict: Verdict, risk: Risk): PolicyRule {
  if (name === 'sameDevice') return Object.freeze({ same: verdict, unknown: verdict === 'refuse' ? verdict : 'allow' })
  return Object.freeze({ other: verdict, unknown: risk === 'high' ? verdict : 'allow' })
}
