/** A request as it reached the server. */
export interface SentRequest {
  /** Epoch milliseconds, by the clock of the server. */
  readonly at: number
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string
  /** The parameters, whether the body is a form or JSON. */
  readonly form: URLSearchParams
}

/** An answer in JSON, or of a bare status. */
export interface Reply {
  /** Default 200. */
  readonly status?: number
  /** Default: no body. */
  readonly json?: object
}

/** What a step can ask of its server. */
export interface StepServer {
  /** Does what the server does by itself with this request. */
  work(): Response
  /** An error of OAuth in the words of this server; `more` are further members. */
  error(code: string, more?: object): Response
}

/**
 * One step of a script: an answer, or what a function makes of the request. A function that rejects is a connection that breaks, one that
 * never ends is a connection that hangs.
 */
export type Step = Reply | StepFunction
export type StepFunction = (request: SentRequest, server: StepServer) => Response | Promise<Response>

/** What the server does by itself, for a place in a script: `polls: [faults.hang, work]`. */
export const work: StepFunction = (_request, server) => server.work()

/**
 * An error of OAuth, as this server says it: `oauthError('slow_down')` is GitHub's with status 200 when the server behaves as GitHub.
 *
 * @param more - Further members: `interval`, `error_description`, ...
 */
export function oauthError(code: string, more?: object): StepFunction {
  return (_request, server) => server.error(code, more)
}

/** The server does its work, and its answer is lost to a fault. */
export function afterWork(fault: Step): StepFunction {
  return (request, server) => {
    server.work()
    return play(fault, request, server)
  }
}

/** A step in place of the first answer where `when` holds; the server does its work for all others. For a script of one step. */
export function once(step: Step, when: (request: SentRequest) => boolean): StepFunction {
  let isDone = false
  return (request, server) => {
    if (isDone || !when(request)) return server.work()
    isDone = true
    return play(step, request, server)
  }
}

/** Makes a response of a step. */
export function play(step: Step, request: SentRequest, server: StepServer): Response | Promise<Response> {
  return typeof step === 'function' ? step(request, server) : jsonResponse(step)
}

/** An answer as a response. */
export function jsonResponse({ json, status = 200 }: Reply): Response {
  if (json === undefined) return new Response(null, { status })
  return new Response(JSON.stringify(json), { status, headers: { 'content-type': 'application/json' } })
}
