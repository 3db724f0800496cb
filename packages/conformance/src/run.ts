import type { ConformanceCase, ConformanceContext, ConformanceNeed } from './case.ts'
import { conformanceCases } from './cases/index.ts'
import { openConformance } from './context.ts'
import { ConformanceFailure } from './expect.ts'
import { ConformanceSkip, type ConformanceTarget } from './target.ts'

/** What became of one case. */
export interface ConformanceResult {
  readonly id: string
  readonly level: ConformanceCase['level']
  readonly title: string
  readonly status: 'passed' | 'failed' | 'skipped'
  /** Why it failed or was skipped, without secrets; empty when it passed. */
  readonly message: string
  /** Milliseconds. */
  readonly duration: number
}

/** What became of all of them. */
export interface ConformanceReport {
  readonly issuer: string
  readonly profile: 'rfc' | 'device-auth'
  readonly results: readonly ConformanceResult[]
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** How to run. */
export interface ConformanceOptions {
  /** Row ids, or beginnings of them, or a choice of your own. Default: every case. */
  readonly only?: readonly string[] | ((conformanceCase: ConformanceCase) => boolean)
  /** Told of each result at once. */
  readonly onResult?: (result: ConformanceResult) => void
}

/** What each need asks for, and whether the target has it. */
function isMissing(
  need: ConformanceNeed,
  { target, endpoints, metadata, strict }: ConformanceContext,
): string | undefined {
  const present: Partial<Record<ConformanceNeed, [present: boolean, what: string]>> = {
    clock: [target.advance !== undefined, 'a clock (target.advance)'],
    metadata: [metadata !== undefined, 'RFC 8414 metadata'],
    revocation: [endpoints.revocation !== undefined, 'endpoints.revocation'],
    introspection: [endpoints.introspection !== undefined, 'endpoints.introspection'],
    page: [target.page !== undefined, 'target.page'],
    otherUser: [target.page?.fetchAsOtherUser !== undefined, 'target.page.fetchAsOtherUser'],
    protectedResource: [target.protectedResource !== undefined, 'target.protectedResource'],
    insufficientScope: [
      target.protectedResource?.insufficientScopeUrl !== undefined,
      'target.protectedResource.insufficientScopeUrl',
    ],
    'device-auth': [strict, "profile 'device-auth'"],
  }
  const entry = present[need]
  if (entry !== undefined) return entry[0] ? undefined : entry[1]
  return Object.hasOwn(target.clients, need) ? undefined : `clients.${need}`
}

/** Runs one case and never rejects, for a test runner of your own. */
export async function runCase(
  conformanceCase: ConformanceCase,
  context: ConformanceContext,
): Promise<ConformanceResult> {
  const { id, level, title, needs } = conformanceCase
  const startedAt = performance.now()
  const result = (status: ConformanceResult['status'], message: string): ConformanceResult => {
    return { id, level, title, status, message, duration: Math.round(performance.now() - startedAt) }
  }
  const missing = needs.map((need) => isMissing(need, context)).filter((what) => what !== undefined)
  if (missing.length > 0) return result('skipped', `needs ${missing.join(', ')}`)
  try {
    await conformanceCase.run(context)
    return result('passed', '')
  } catch (error) {
    if (error instanceof ConformanceSkip) return result('skipped', error.message)
    return result('failed', explain(error))
  }
}

function explain(error: unknown): string {
  if (error instanceof ConformanceFailure) return error.message
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ''
  return `the case could not be carried out: ${error.message}${cause}`
}

function chosen(only: ConformanceOptions['only']): readonly ConformanceCase[] {
  if (only === undefined) return conformanceCases
  if (typeof only === 'function') return conformanceCases.filter(only)
  return conformanceCases.filter(({ id }) => only.some((start) => id === start || id.startsWith(start)))
}

/**
 * Runs the cases against a server, one after the other.
 * Rejects only when the endpoints cannot be found; what the server does wrong is in the report.
 */
export async function runConformance(
  target: ConformanceTarget,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const context = await openConformance(target)
  const results: ConformanceResult[] = []
  for (const conformanceCase of chosen(options.only)) {
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
