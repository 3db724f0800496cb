import type { Fetch } from '../http/exchange.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { AuthorizationServer, type Question, type WorkOptions } from './authorization-server.ts'
import { type ServerBehavior, standard } from './behavior.ts'
import { findBehavior } from './behaviors.ts'
import { jsonResponse, play, type Reply, type SentRequest, type Step } from './steps.ts'

/** What a server does, and where it fails. */
export interface ScriptedServerOptions extends WorkOptions {
  /** Whose ways it has: a name of `behaviors`, or a behavior of your own; default: those of the RFCs. */
  readonly behavior?: string | ServerBehavior
  /** The clock of the client that is tested; default that of the machine. */
  readonly clock?: Clock | undefined
  /** Steps by what is asked, one a request; the last is repeated. Without a script, the server does its work. */
  readonly metadata?: readonly Step[]
  readonly codes?: readonly Step[]
  readonly polls?: readonly Step[]
  readonly refreshes?: readonly Step[]
}

/**
 * An authorization server without a network, for tests of a device: it gives out codes, waits for `approve()` or `deny()`, and gives
 * tokens, in the ways of any provider; a script puts faults and other answers in the place of its own.
 *
 * @example
 * const clock = new FakeClock()
 * const server = new ScriptedServer({ clock, behavior: 'github', polls: [faults.hang, oauthError('slow_down'), work] })
 * const flow = new DeviceFlow({ issuer: server.issuer, clientId: 'tv', clock, fetch: server.fetch })
 * flow.on('authorizeWithUserCode', () => server.approve())
 * const result = await clock.until(flow.run())
 */
export class ScriptedServer {
  readonly behavior: ServerBehavior
  /** Every request, in order. */
  readonly sent: SentRequest[] = []
  readonly #bySort: Readonly<Record<Question, SentRequest[]>> = { metadata: [], codes: [], poll: [], refresh: [] }
  readonly #scripts: Readonly<Record<Question, Step[]>>
  readonly #server: AuthorizationServer
  readonly #clock: Clock

  /** @throws {RangeError} when no behavior has that name. */
  constructor(options: ScriptedServerOptions = {}) {
    const { behavior = standard, clock = systemClock, metadata = [], codes = [], polls = [], refreshes = [] } = options
    this.behavior = typeof behavior === 'string' ? findBehavior(behavior) : behavior
    this.#clock = clock
    this.#scripts = { metadata: [...metadata], codes: [...codes], poll: [...polls], refresh: [...refreshes] }
    this.#server = new AuthorizationServer(this.behavior, clock, options)
  }

  get issuer(): string {
    return this.behavior.issuer
  }

  /** The requests for codes. */
  get codes(): readonly SentRequest[] {
    return this.#bySort.codes
  }

  get polls(): readonly SentRequest[] {
    return this.#bySort.poll
  }

  get refreshes(): readonly SentRequest[] {
    return this.#bySort.refresh
  }

  /** Seconds between the polls. */
  get gaps(): readonly number[] {
    return this.polls.slice(1).map(({ at }, index) => (at - (this.polls[index]?.at ?? 0)) / 1000)
  }

  /** The person says yes to the codes that were given out last. */
  approve(): void {
    this.#server.decide('approved')
  }

  /** The person says no. */
  deny(): void {
    this.#server.decide('denied')
  }

  /** Takes the place of `fetch`. An address that the server does not have is answered 404. */
  readonly fetch: Fetch = async (url, init) => {
    const request = this.#read(url, init)
    this.sent.push(request)
    const question = this.#questionOf(request)
    if (question === undefined) return new Response('Not found', { status: 404 })
    this.#bySort[question].push(request)
    const script = this.#scripts[question]
    const step = script.length > 1 ? script.shift() : script[0]
    const work = (): Response => this.#written(this.#server.answer(question, request), request)
    const error = (code: string, more?: object): Response => this.#written(this.#server.error(code, more), request)
    return step === undefined ? work() : play(step, request, { work, error })
  }

  #written(reply: Reply, { headers }: SentRequest): Response {
    const isJson = this.behavior.answersForms !== true || headers.get('accept')?.includes('json') === true
    if (isJson || reply.json === undefined) return jsonResponse(reply)
    const form = Object.entries(reply.json).map(([name, value]): [string, string] => [name, String(value)])
    return new Response(new URLSearchParams(form), { status: reply.status ?? 200 })
  }

  #read(url: string, { method = 'GET', headers, body }: RequestInit): SentRequest {
    const text = String(body ?? '')
    return { at: this.#clock.now(), method, url, headers: new Headers(headers), body: text, form: parametersOf(text) }
  }

  #questionOf({ url, form }: SentRequest): Question | undefined {
    const { metadataAddress, deviceAuthorizationEndpoint, tokenEndpoint, parameters } = this.behavior
    const isSame = deviceAuthorizationEndpoint === tokenEndpoint
    if (url === metadataAddress) return 'metadata'
    if (url === deviceAuthorizationEndpoint && (!isSame || form.has('response_type'))) return 'codes'
    if (url !== tokenEndpoint) return undefined
    return form.get(parameters?.grant_type ?? 'grant_type') === 'refresh_token' ? 'refresh' : 'poll'
  }
}

function parametersOf(body: string): URLSearchParams {
  if (!body.startsWith('{')) return new URLSearchParams(body)
  try {
    return new URLSearchParams(JSON.parse(body))
  } catch {
    return new URLSearchParams()
  }
}
