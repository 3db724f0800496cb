import type { ServerContext } from '../contract/context.ts'
import type { KnownDevice } from '../contract/known-device.ts'
import type { Warning } from '../contract/pages/notices.ts'
import type {
  ApprovalConcern,
  ApprovalRule,
  Comparison,
  PolicyRule,
  Verdict,
  VerdictsByFinding,
} from '../contract/policy.ts'
import type { Requester } from '../contract/requester.ts'
import type { DeviceCredential } from '../contract/store.ts'
import type { UserVisit } from '../contract/visit.ts'
import type { OAuthRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import { findKnownDevice } from './known-device.ts'
import { comparisons } from './proximity.ts'
import { describeRequester, originOf } from './requester.ts'

/** Age in seconds from which the page warns that the request is old. */
const OLD = 180

const rules: readonly ApprovalRule[] = ['sameDevice', 'otherNetwork', 'otherCountry']

/** The reasons of the rules for origins that cannot be told apart: a page must not say that they are the same, or not. */
const unknown: Readonly<Record<ApprovalRule, ApprovalConcern>> = {
  sameDevice: 'maybeSameDevice',
  otherNetwork: 'unknownNetwork',
  otherCountry: 'unknownCountry',
}

/** The result of the rules. */
export interface Findings {
  readonly warnings: readonly Warning[]
  /** The reason of the first rule that refuses the approval; `undefined` if none does. */
  readonly refused: ApprovalConcern | undefined
  /** The device, if the user has approved it before. */
  readonly knownDevice: KnownDevice | undefined
  /** True if an approval needs no check box: the device is known, asks for nothing more, and nothing is odd about the request. */
  readonly oneTap: boolean
}

/**
 * Compares the origin of the device authorization request with that of the user who is about to approve it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc10027#section-6.1.1 RFC 10027 section 6.1.1}
 */
export async function judgeApproval<Native>(
  credential: DeviceCredential,
  client: Client,
  visit: UserVisit<Native>,
): Promise<Findings> {
  const { user, request, context } = visit
  const { requester, createdAt } = credential
  const knownDevice = await findKnownDevice(credential, visit)
  const approver = await describeApprover(requester, request, context)
  const warnings: Warning[] = []
  let refused: ApprovalConcern | undefined
  for (const rule of rulesOf(context)) {
    const finding = comparisons[rule](requester, approver)
    const comparison = { finding, client, credential, requester, approver, user, knownDevice }
    const verdict = await verdictOf(rule, context.options.policy[rule], comparison)
    const concern = finding === 'unknown' ? unknown[rule] : rule
    if (verdict !== 'allow') warnings.push(concern)
    if (verdict === 'refuse') refused ??= concern
  }
  if (context.now() - createdAt > OLD * 1000) warnings.push('old')
  const isUsual = knownDevice?.asksForMore === false && warnings.length === 0
  return { warnings, refused, knownDevice, oneTap: isUsual && context.options.policy.knownDevice === 'oneTap' }
}

async function verdictOf(name: ApprovalRule, rule: PolicyRule, comparison: Comparison): Promise<Verdict> {
  if (typeof rule === 'string') return rule
  if (typeof rule !== 'function') return verdictByFinding(rule, comparison)
  const verdict = await rule(comparison)
  if (verdict === 'allow' || verdict === 'warn' || verdict === 'refuse') return verdict
  throw new TypeError(`Device Auth: policy.${name} must answer 'allow', 'warn' or 'refuse'.`)
}

function verdictByFinding(rule: VerdictsByFinding, { finding, knownDevice }: Comparison): Verdict {
  const verdict = rule[finding] ?? 'allow'
  return verdict !== 'allow' && knownDevice?.asksForMore === false ? (rule.known ?? verdict) : verdict
}

/** The rules that can find something: without the hook `describeRequester` no country is known at all. */
function rulesOf<Native>({ options, overridden }: ServerContext<Native>): readonly ApprovalRule[] {
  const knowsCountries = overridden.has('describeRequester') || typeof options.policy.otherCountry === 'function'
  return knowsCountries ? rules : rules.filter((rule) => rule !== 'otherCountry')
}

/** Calls the hook `describeRequester` for the approver only if the requester's country is known and the rule needs it. */
async function describeApprover<Native>(
  requester: Requester | undefined,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): Promise<Requester | undefined> {
  const needed = requester?.country !== undefined && context.options.policy.otherCountry !== 'allow'
  return needed ? describeRequester(request, context) : originOf(request)
}
