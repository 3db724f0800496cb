import type { HttpRequest, HttpResponse } from './http.ts'
import type { Pacing } from './pacing.ts'
import type { ConformanceClientName, ConformanceEndpoints, ConformanceTarget } from './target.ts'

/** Something that a case requires of the target. If it is missing, the case is skipped. */
export type ConformanceNeed =
  | Exclude<ConformanceClientName, 'public'>
  | 'clock'
  | 'approveScope'
  | 'metadata'
  | 'dpop'
  | 'revocation'
  | 'introspection'
  | 'page'
  | 'otherUser'
  | 'protectedResource'
  | 'insufficientScope'
  | 'keys'
  | 'userinfo'
  | 'jwtAccessTokens'
  | 'resources'
  | 'authorizationDetails'
  | 'device-auth'

/**
 * The level of a requirement, in the words of its specification: it says how binding the requirement is.
 * `note` is for text that is not normative, `own` for requirements that go beyond the RFCs.
 */
export type ConformanceLevel =
  | 'MUST'
  | 'MUST NOT'
  | 'REQUIRED'
  | 'SHOULD'
  | 'SHOULD NOT'
  | 'RECOMMENDED'
  | 'MAY'
  | 'note'
  | 'own'

/** The endpoints as URLs, from the target or its metadata. Only the first two are always known. */
export type ResolvedEndpoints = Pick<ConformanceEndpoints, 'deviceAuthorization' | 'token'> &
  Partial<ConformanceEndpoints>

/** The context that a case runs in. {@link openConformance} creates it. */
export interface ConformanceContext {
  readonly target: ConformanceTarget
  readonly endpoints: ResolvedEndpoints
  /** The metadata document (RFC 8414). `undefined` if the server publishes none. */
  readonly metadata: Readonly<Record<string, unknown>> | undefined
  /** True with the profile `device-auth`, which also demands the decisions of `@device-auth/core`. */
  readonly strict: boolean
  /**
   * The answer of the token endpoint to a correct request with an unknown code, if it is no OAuth response: such a
   * server does not read the form at all. `undefined` if it is one. Asks once.
   */
  tokenRefusal(): Promise<HttpResponse | undefined>
  /** Keeps the interval of each device code between its polls. */
  readonly pacing: Pacing
  /** Sends a request by fetch. Does not follow redirects. */
  send(request: HttpRequest): Promise<HttpResponse>
  /** Sends by `node:http` what fetch refuses to send: repeated headers, unusual methods, a GET with a body. */
  sendRaw(request: HttpRequest): Promise<HttpResponse>
}

/** A black-box test of one requirement. Several cases may test the same requirement and share its id. */
export interface ConformanceCase {
  /** The id of the requirement: RFC, section and a count, as `8628-3.1-1`. Faults have ids such as `F-01`. */
  readonly id: string
  readonly level: ConformanceLevel
  /** The requirement in one short sentence. */
  readonly title: string
  readonly needs: readonly ConformanceNeed[]
  /** Resolves if the requirement is met. Otherwise rejects with a `ConformanceFailure` or a `ConformanceSkip`. */
  run(context: ConformanceContext): Promise<void>
}

/** Creates a case. */
export function conformanceCase(
  id: string,
  level: ConformanceLevel,
  title: string,
  needs: readonly ConformanceNeed[],
  run: (context: ConformanceContext) => Promise<void>,
): ConformanceCase {
  return { id, level, title, needs, run }
}
