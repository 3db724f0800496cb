// An authorization server without a network: it answers as a script says, with faults where they are wanted.
import type { Fetch } from '../src/index.ts'
import type { FakeClock } from './fake-clock.ts'

export const issuer = 'https://as.example.com'

/** A request as it was sent. */
export interface Sent {
  readonly at: number
  readonly url: string
  readonly form: URLSearchParams
  readonly headers: Headers
  readonly body: string
}

/** One answer: JSON with a status, or whatever a function makes of it. */
export type Step = { readonly status?: number; readonly json: object } | ((sent: Sent) => Response | Promise<Response>)

export const pending: Step = { status: 400, json: { error: 'authorization_pending' } }
export const slowDown: Step = { status: 400, json: { error: 'slow_down' } }
export const tokens: Step = {
  json: { access_token: 'at-secret', token_type: 'bearer', expires_in: 3600, refresh_token: 'rt-secret' },
}
export const codes = {
  device_code: 'dc-secret',
  user_code: 'BCDF-GHJK',
  verification_uri: `${issuer}/device`,
  expires_in: 600,
  interval: 5,
}

/** Faults by name, each in place of an answer. */
export const faults: Readonly<Record<string, Step>> = {
  'connection refused': () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })),
  'no name resolution': () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'EAI_AGAIN' } })),
  hang: () => new Promise(() => {}),
  'hang in the body': () => new Response(new ReadableStream({ start: (stream) => stream.enqueue(bytes('{"acc')) })),
  'half an answer': () => new Response('{"access_token":"at-', { headers: { 'content-type': 'application/json' } }),
  'body breaks off': () =>
    new Response(new ReadableStream({ start: (stream) => stream.error(new TypeError('terminated')) })),
  'empty answer': () => new Response(''),
  'captive portal': () => new Response('<html>Log in</html>', { headers: { 'content-type': 'text/html' } }),
  'captive portal redirects': () => new Response(null, { status: 302, headers: { location: 'http://portal.example' } }),
  'not found page': () => new Response('<html>', { status: 404, headers: { 'content-type': 'text/html' } }),
  '500': () => new Response('oops', { status: 500 }),
  '502 in JSON': { status: 502, json: { error: 'Bad Gateway' } },
  '503 with Retry-After': () => new Response('', { status: 503, headers: { 'retry-after': '20' } }),
  '503 of OAuth': { status: 503, json: { error: 'temporarily_unavailable' } },
  '429 with Retry-After': () => new Response('', { status: 429, headers: { 'retry-after': '17' } }),
  'too long': () => new Response('x'.repeat(300_000)),
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text))
}

/** A fetch that answers by what comes next; the last step of a script is repeated. */
export class ScriptedServer {
  readonly sent: Sent[] = []
  readonly clock: FakeClock
  readonly #steps: Step[]

  constructor(clock: FakeClock, steps: readonly Step[]) {
    this.clock = clock
    this.#steps = [...steps]
  }

  get fetch(): Fetch {
    return (url, init) => {
      const body = String(init.body ?? '')
      const sent = {
        at: this.clock.now(),
        url,
        form: new URLSearchParams(body),
        headers: new Headers(init.headers),
        body,
      }
      this.sent.push(sent)
      const step = this.#steps.length > 1 ? this.#steps.shift() : this.#steps[0]
      if (step === undefined) throw new Error('the script is empty')
      return Promise.resolve(typeof step === 'function' ? step(sent) : answered(step.json, step.status))
    }
  }

  /** Seconds between the requests. */
  get gaps(): readonly number[] {
    return this.sent.slice(1).map(({ at }, index) => (at - (this.sent[index]?.at ?? 0)) / 1000)
  }
}

/** A JSON answer. */
export function answered(json: object, status = 200): Response {
  return new Response(JSON.stringify(json), { status, headers: { 'content-type': 'application/json' } })
}

/** Scripts of one server, by what is asked. */
export interface Scripts {
  readonly codes?: readonly Step[]
  readonly polls?: readonly Step[]
  readonly refreshes?: readonly Step[]
}

/** A server with an endpoint for each; without a script it succeeds at once. */
export class ScriptedEndpoints {
  readonly codes: ScriptedServer
  readonly polls: ScriptedServer
  readonly refreshes: ScriptedServer

  constructor(clock: FakeClock, scripts: Scripts = {}) {
    this.codes = new ScriptedServer(clock, scripts.codes ?? [{ json: codes }])
    this.polls = new ScriptedServer(clock, scripts.polls ?? [tokens])
    this.refreshes = new ScriptedServer(clock, scripts.refreshes ?? [refreshed])
  }

  get fetch(): Fetch {
    return (url, init) => {
      const isRefresh = String(init.body).includes('grant_type=refresh_token')
      const server = url.endsWith('/device_authorization') ? this.codes : isRefresh ? this.refreshes : this.polls
      return server.fetch(url, init)
    }
  }
}

export const refreshed: Step = {
  json: { access_token: 'at-2', token_type: 'bearer', expires_in: 3600, refresh_token: 'rt-2' },
}
