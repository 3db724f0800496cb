import type { Fetch } from '../http/exchange.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { type ServerBehavior, standard } from './behavior.ts'
import { findBehavior } from './behaviors.ts'
import { type RequestKind, SimulatedServer, type SimulatedServerOptions } from './simulated-server.ts'
import { jsonResponse, play, type Reply, type SentRequest, type Step } from './steps.ts'

/** The behavior and the script of a server. */
export interface ScriptedServerOptions extends SimulatedServerOptions {
  /** The name of one of `behaviors`, or a behavior of your own; default: {@link standard}. */
  readonly behavior?: string | ServerBehavior
  /** The clock of the client that is tested; default: the clock of the machine. */
  readonly clock?: Clock | undefined
  /** The script for metadata requests: one step for each request; the last one is repeated. Default: the server does its own work. */
  readonly metadata?: readonly Step[]
  /** The script for device authorization requests. */
  readonly codes?: readonly Step[]
  /** The script for polls. */
  readonly polls?: readonly Step[]
  /** The script for refreshes. */
  readonly refreshes?: readonly Step[]
}

/**
 * An authorization server without a network, for tests of a device. It issues codes, waits for `approve()` or `deny()`, and issues
 * tokens, with the behavior of any provider. A script replaces its responses by faults or by other responses.
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
  /** All requests, in order. */
  readonly sent: SentRequest[] = []
  readonly #byKind: Readonly<Record<RequestKind, SentRequest[]>> = { metadata: [], codes: [], poll: [], refresh: [] }
  readonly #scripts: Readonly<Record<RequestKind, Step[]>>
  readonly #server: SimulatedServer
  readonly #clock: Clock

  /** @throws {RangeError} when no behavior has that name. */
  constructor(options: ScriptedServerOptions = {}) {
    const { behavior = standard, clock = systemClock, metadata = [], codes = [], polls = [], refreshes = [] } = options
    this.behavior = typeof behavior === 'string' ? findBehavior(behavior) : behavior
    this.#clock = clock
    this.#scripts = { metadata: [...metadata], codes: [...codes], poll: [...polls], refresh: [...refreshes] }
    this.#server = new SimulatedServer(this.behavior, clock, options)
  }

  get issuer(): string {
    return this.behavior.issuer
  }

  /** The device authorization requests. */
  get codes(): readonly SentRequest[] {
    return this.#byKind.codes
  }

  /** The polls. */
  get polls(): readonly SentRequest[] {
    return this.#byKind.poll
  }

  /** The refresh requests. */
  get refreshes(): readonly SentRequest[] {
    return this.#byKind.refresh
  }

  /** The seconds between two polls, for each poll but the first. */
  get gaps(): readonly number[] {
    return this.polls.slice(1).map(({ at }, index) => (at - (this.polls[index]?.at ?? 0)) / 1000)
  }

  /**
   * The user approves the codes that were issued last.
   *
   * @throws {Error} when no codes were issued.
   */
  approve(): void {
    this.#server.decide('approved')
  }

  /**
   * The user denies the codes that were issued last.
   *
   * @throws {Error} when no codes were issued.
   */
  deny(): void {
    this.#server.decide('denied')
  }

  /** The `fetch` for the client that is tested. An address that the server does not have is answered with 404. */
  readonly fetch: Fetch = async (url, init) => {
    const request = this.#read(url, init)
    this.sent.push(request)
    const kind = this.#kindOf(request)
    if (kind === undefined) return new Response('Not found', { status: 404 })
    this.#byKind[kind].push(request)
    const script = this.#scripts[kind]
    const step = script.length > 1 ? script.shift() : script[0]
    const work = (): Response => this.#written(this.#server.answer(kind, request), request)
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

  #kindOf({ url, form }: SentRequest): RequestKind | undefined {
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
