import { isIpv4, publicAddress } from '../address.ts'
import type { ServerContext } from '../contract/context.ts'
import type { Warning } from '../contract/pages/notices.ts'
import type { ApprovalRule, Comparison, PolicyRule, Verdict } from '../contract/policy.ts'
import type { DeviceCredential, Requester } from '../contract/store.ts'
import type { UserVisit } from '../contract/visit.ts'
import type { OAuthRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import { describeRequester, originOf } from './requester.ts'

/** Seconds after which the page says that the request is old. */
const OLD = 180

const rules: readonly ApprovalRule[] = ['sameDevice', 'otherNetwork', 'otherCountry']

/** What the rules found for one user who looks at one request. */
export interface Findings {
  readonly warnings: readonly Warning[]
  /** The first rule that refuses the approval. */
  readonly refused: ApprovalRule | undefined
}

/** Compares who asked for the codes with who is about to approve. */
export async function judgeApproval<Native>(
  credential: DeviceCredential,
  client: Client,
  { user, request, context }: UserVisit<Native>,
): Promise<Findings> {
  const { requester, createdAt } = credential
  const approver = await describeApprover(requester, request, context)
  const warnings: Warning[] = []
  let refused: ApprovalRule | undefined
  for (const rule of rules) {
    const detected = detections[rule](requester, approver)
    const comparison = { detected, client, credential, requester, approver, user }
    const verdict = await judge(rule, context.options.policy[rule], comparison)
    if (verdict !== 'allow') warnings.push(rule)
    if (verdict === 'refuse') refused ??= rule
  }
  if (context.now() - createdAt > OLD * 1000) warnings.push('old')
  return { warnings, refused }
}

async function judge(name: ApprovalRule, rule: PolicyRule, comparison: Comparison): Promise<Verdict> {
  if (typeof rule !== 'function') return comparison.detected ? rule : 'allow'
  const verdict = await rule(comparison)
  if (verdict === 'allow' || verdict === 'warn' || verdict === 'refuse') return verdict
  throw new TypeError(`Device Auth: policy.${name} must answer 'allow', 'warn' or 'refuse'.`)
}

/** The hook is asked of the approver only where there is something to compare it with. */
async function describeApprover<Native>(
  requester: Requester | undefined,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): Promise<Requester | undefined> {
  const asked = requester?.country !== undefined && context.options.policy.otherCountry !== 'allow'
  return asked ? describeRequester(request, context) : originOf(request)
}

const detections: Readonly<Record<ApprovalRule, (a?: Requester, b?: Requester) => boolean>> = {
  sameDevice(requester, approver) {
    const address = publicAddress(requester?.ip)
    if (address === undefined || requester?.userAgent === undefined) return false
    return address === publicAddress(approver?.ip) && requester.userAgent === approver?.userAgent
  },
  otherNetwork(requester, approver) {
    const [one, other] = [publicAddress(requester?.ip), publicAddress(approver?.ip)]
    // a home has both families: a device on one and a phone on the other tell nothing
    if (one === undefined || other === undefined || isIpv4(one) !== isIpv4(other)) return false
    // a /24, or a /48
    return !other.startsWith(one.slice(0, isIpv4(one) ? 30 : 12))
  },
  otherCountry(requester, approver) {
    if (requester?.country === undefined || approver?.country === undefined) return false
    return requester.country !== approver.country
  },
}
