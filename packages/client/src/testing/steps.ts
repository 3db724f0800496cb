/** A request that reached the server. */
export interface SentRequest {
  /** The arrival, by the clock of the server, in epoch milliseconds. */
  readonly at: number
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string
  /** The parameters of the body, a form or JSON. */
  readonly form: URLSearchParams
}

/** A response in JSON, or a status without a body. */
export interface Reply {
  /** The HTTP status; default 200. */
  readonly status?: number
  /** The body; default: none. */
  readonly json?: object
}

/** The server, as a step sees it. */
export interface StepServer {
  /** Does the server's own work with the request, and returns its response. */
  work(): Response
  /** Makes an OAuth error, in the form of this server; `more` are further members. */
  error(code: string, more?: object): Response
}

/**
 * One step of a script: a response, or a function that makes one. A function that rejects is a broken connection; one whose promise never
 * settles is a connection that hangs.
 */
export type Step = Reply | StepFunction
/** A step as a function. */
export type StepFunction = (request: SentRequest, server: StepServer) => Response | Promise<Response>

/**
 * The step in which the server does its own work.
 *
 * @example
 * new ScriptedServer({ polls: [faults.hang, work] })
 */
export const work: StepFunction = (_request, server) => server.work()

/**
 * Makes a step that answers with an OAuth error, in the form of the server: with the behavior of GitHub, for example, with status 200.
 *
 * @param code - The error code of the RFC, such as `slow_down`.
 * @param more - Further members: `interval`, `error_description`, ...
 */
export function oauthError(code: string, more?: object): StepFunction {
  return (_request, server) => server.error(code, more)
}

/** Makes a step in which the server does its own work, and a fault replaces its response. */
export function afterWork(fault: Step): StepFunction {
  return (request, server) => {
    server.work()
    return play(fault, request, server)
  }
}

/**
 * Makes a step that happens once, at the first request for which `when` returns true. For all other requests the server does its own
 * work. Use it as the only step of a script.
 */
export function onceWhen(step: Step, when: (request: SentRequest) => boolean): StepFunction {
  let isDone = false
  return (request, server) => {
    if (isDone || !when(request)) return server.work()
    isDone = true
    return play(step, request, server)
  }
}

/** Makes the response of a step. */
export function play(step: Step, request: SentRequest, server: StepServer): Response | Promise<Response> {
  return typeof step === 'function' ? step(request, server) : jsonResponse(step)
}

/** Makes the response of a reply. */
export function jsonResponse({ json, status = 200 }: Reply): Response {
  if (json === undefined) return new Response(null, { status })
  return new Response(JSON.stringify(json), { status, headers: { 'content-type': 'application/json' } })
}
