import type { ConformanceCase, ConformanceContext, ConformanceNeed } from './case.ts'
import { conformanceCases } from './cases/index.ts'
import { openConformance } from './context.ts'
import { describeResponse } from './describe.ts'
import { ConformanceFailure } from './expect.ts'
import { ConformanceSkip, type ConformanceTarget } from './target.ts'

/** The result of one case. */
export interface ConformanceResult {
  readonly id: string
  readonly level: ConformanceCase['level']
  readonly title: string
  /** `skipped` is no verdict: the case could not be tried, for the reason in `message`. */
  readonly status: 'passed' | 'failed' | 'skipped'
  /** The reason why the case failed, or could not be tried (`skipped`), without secrets. Empty if it passed. */
  readonly message: string
  /** Milliseconds. */
  readonly duration: number
}

/** The results of all cases that ran, with their counts. */
export interface ConformanceReport {
  readonly issuer: string
  readonly profile: 'rfc' | 'device-auth'
  readonly results: readonly ConformanceResult[]
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Options of {@link runConformance}. */
export interface ConformanceOptions {
  /** The cases to run: ids, beginnings of ids, or a function that chooses. Default: every case. */
  readonly only?: readonly string[] | ((conformanceCase: ConformanceCase) => boolean)
  /** Called with each result as soon as it is known. */
  readonly onResult?: (result: ConformanceResult) => void
}

/** The name of a need that the target does not meet. `undefined` if it does. */
function missingNeed(
  need: ConformanceNeed,
  { target, endpoints, metadata, strict }: ConformanceContext,
): string | undefined {
  const dpopAlgorithms = metadata?.dpop_signing_alg_values_supported
  const known: Partial<Record<ConformanceNeed, [isPresent: boolean, name: string]>> = {
    clock: [target.advance !== undefined, 'a clock (target.advance)'],
    approveScope: [target.approveScope !== undefined, 'target.approveScope'],
    metadata: [metadata !== undefined, 'RFC 8414 metadata'],
    revocation: [endpoints.revocation !== undefined, 'endpoints.revocation'],
    dpop: [
      Array.isArray(dpopAlgorithms) && dpopAlgorithms.includes('ES256'),
      'dpop_signing_alg_values_supported with ES256 in the metadata',
    ],
    introspection: [endpoints.introspection !== undefined, 'endpoints.introspection'],
    page: [target.page !== undefined, 'target.page'],
    otherUser: [target.page?.fetchAsOtherUser !== undefined, 'target.page.fetchAsOtherUser'],
    protectedResource: [target.protectedResource !== undefined, 'target.protectedResource'],
    insufficientScope: [
      target.protectedResource?.insufficientScopeUrl !== undefined,
      'target.protectedResource.insufficientScopeUrl',
    ],
    keys: [typeof metadata?.jwks_uri === 'string', 'jwks_uri in the metadata'],
    userinfo: [typeof metadata?.userinfo_endpoint === 'string', 'userinfo_endpoint in the metadata'],
    jwtAccessTokens: [target.jwtAccessTokens !== undefined, 'target.jwtAccessTokens'],
    resources: [target.resources !== undefined, 'target.resources'],
    authorizationDetails: [target.authorizationDetails !== undefined, 'target.authorizationDetails'],
    'device-auth': [strict, "profile 'device-auth'"],
  }
  const entry = known[need]
  if (entry !== undefined) return entry[0] ? undefined : entry[1]
  return Object.hasOwn(target.clients, need) ? undefined : `clients.${need}`
}

/** Runs one case, in your own test runner. Never rejects: a failure is in the result. */
export async function runCase(
  conformanceCase: ConformanceCase,
  context: ConformanceContext,
): Promise<ConformanceResult> {
  const { id, level, title, needs } = conformanceCase
  const startedAt = performance.now()
  const result = (status: ConformanceResult['status'], message: string): ConformanceResult => {
    return { id, level, title, status, message, duration: Math.round(performance.now() - startedAt) }
  }
  const missing = needs.map((need) => missingNeed(need, context)).filter((name) => name !== undefined)
  if (missing.length > 0) return result('skipped', `needs ${missing.join(', ')}`)
  try {
    await conformanceCase.run(context)
    return result('passed', '')
  } catch (error) {
    if (error instanceof ConformanceSkip) return result('skipped', error.message)
    const basic = await failedBasic(conformanceCase, context, error)
    return basic === undefined ? result('failed', explain(error)) : result('skipped', basic)
  }
}

/** The cases that say whether the token endpoint answers at all. */
const basicIds: readonly string[] = ['8628-3.5-1', '8628-3.5-2']

/** The reason to skip a case that failed only because the token endpoint refuses every form. `undefined` if it is another. */
async function failedBasic(
  { id }: ConformanceCase,
  context: ConformanceContext,
  error: unknown,
): Promise<string | undefined> {
  if (basicIds.includes(id) || !(error instanceof ConformanceFailure) || error.response === undefined) return undefined
  const { request, status, text } = error.response
  if (request.method !== 'POST' || !request.url.startsWith(context.endpoints.token)) return undefined
  const refusal = await context.tokenRefusal().catch(() => undefined)
  if (refusal === undefined || refusal.status !== status || refusal.text !== text) return undefined
  return `needs a token endpoint that reads forms, see 8628-3.5-2; this one answers ${describeResponse(refusal)}`
}

function explain(error: unknown): string {
  if (error instanceof ConformanceFailure) return error.message
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ''
  return `the case could not run: ${error.message}${cause}`
}

function chosenCases(only: ConformanceOptions['only']): readonly ConformanceCase[] {
  if (only === undefined) return conformanceCases
  if (typeof only === 'function') return conformanceCases.filter(only)
  return conformanceCases.filter(({ id }) => only.some((start) => id === start || id.startsWith(start)))
}

/**
 * Runs the cases against a server, one after the other. The report has the failures.
 * Rejects only if the endpoints cannot be found.
 */
export async function runConformance(
  target: ConformanceTarget,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const context = await openConformance(target)
  const results: ConformanceResult[] = []
  for (const conformanceCase of chosenCases(options.only)) {
    const result = await runCase(conformanceCase, context)
    options.onResult?.(result)
    results.push(result)
  }
  const count = (status: ConformanceResult['status']): number =>
    results.filter((result) => result.status === status).length
  return {
    issuer: target.issuer,
    profile: target.profile ?? 'rfc',
    results,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
  }
}
