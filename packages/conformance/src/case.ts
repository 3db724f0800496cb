import type { HttpRequest, HttpResponse } from './http.ts'
import type { ConformanceClientName, ConformanceEndpoints, ConformanceTarget } from './target.ts'

/** What a case cannot do without; one that is absent makes the case skipped. */
export type ConformanceNeed =
  | Exclude<ConformanceClientName, 'public'>
  | 'clock'
  | 'metadata'
  | 'revocation'
  | 'introspection'
  | 'page'
  | 'otherUser'
  | 'protectedResource'
  | 'insufficientScope'
  | 'device-auth'

/** The requirement's level, as the specification words it; `n` is not normative, `own` is beyond the RFCs. */
export type ConformanceLevel =
  | 'MUST'
  | 'MUST NOT'
  | 'REQUIRED'
  | 'SHOULD'
  | 'SHOULD NOT'
  | 'RECOMMENDED'
  | 'MAY'
  | 'n'
  | 'own'

/** The endpoints, resolved; only the first two are certain. */
export type ResolvedEndpoints = Pick<ConformanceEndpoints, 'deviceAuthorization' | 'token'> &
  Partial<ConformanceEndpoints>

/** What a case works with; {@link openConformance} makes it. */
export interface ConformanceContext {
  readonly target: ConformanceTarget
  readonly endpoints: ResolvedEndpoints
  /** RFC 8414 metadata as text and parsed, where the server publishes it. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  /** Whether the decisions of `@device-auth/core` are demanded too. */
  readonly strict: boolean
  /** By fetch, without following redirects. */
  send(request: HttpRequest): Promise<HttpResponse>
  /** By node:http, for what fetch refuses to send: repeated headers, odd methods, a GET with a body. */
  sendRaw(request: HttpRequest): Promise<HttpResponse>
}

/** One requirement as a black-box case. Several cases may share the id of a row. */
export interface ConformanceCase {
  /** The row of the protocol checklist: `8628-3.1-1`. */
  readonly id: string
  readonly level: ConformanceLevel
  /** The requirement in short words of our own. */
  readonly title: string
  readonly needs: readonly ConformanceNeed[]
  /** Resolves when the requirement is met; rejects with a `ConformanceFailure` or a `ConformanceSkip`. */
  run(context: ConformanceContext): Promise<void>
}

/** Writes a case in one call. */
export function conformanceCase(
  id: string,
  level: ConformanceLevel,
  title: string,
  needs: readonly ConformanceNeed[],
  run: (context: ConformanceContext) => Promise<void>,
): ConformanceCase {
  return { id, level, title, needs, run }
}
