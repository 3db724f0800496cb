import { oauthError, type Step } from './steps.ts'

/** The names of the faults. */
export type FaultName =
  | 'connection refused'
  | 'no name resolution'
  | 'connection reset'
  | 'hang'
  | 'hang in the body'
  | 'half an answer'
  | 'body breaks off'
  | 'empty answer'
  | 'captive portal'
  | 'captive portal redirects'
  | 'not found page'
  | '500'
  | '502 in JSON'
  | '503 with Retry-After'
  | '503 of OAuth'
  | '429 with Retry-After'
  | 'slow_down'
  | 'too long'

const encoder = new TextEncoder()

function broken(code: string): Step {
  return () => Promise.reject(new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) }))
}

/** A response whose body begins, and then breaks off or hangs. */
function begun(end: (stream: ReadableStreamDefaultController<Uint8Array>) => void): Step {
  return () => {
    const start = (stream: ReadableStreamDefaultController<Uint8Array>): void => {
      stream.enqueue(encoder.encode('{"acc'))
      end(stream)
    }
    return new Response(new ReadableStream({ start }), { headers: { 'content-type': 'application/json' } })
  }
}

function page(status: number, headers: Readonly<Record<string, string>> = {}, body = '<html>Log in</html>'): Step {
  return () => new Response(body, { status, headers: { 'content-type': 'text/html', ...headers } })
}

/**
 * The faults of networks, proxies and servers under load: each is a step in place of a response. None of them is a decision about the
 * sign-in, so a client continues after each.
 *
 * @example
 * new ScriptedServer({ clock, polls: [faults['captive portal'], faults.hang, work] })
 */
export const faults: Readonly<Record<FaultName, Step>> = {
  'connection refused': broken('ECONNREFUSED'),
  'no name resolution': broken('EAI_AGAIN'),
  'connection reset': broken('ECONNRESET'),
  hang: () => new Promise(() => {}),
  'hang in the body': begun(() => {}),
  'half an answer': () => new Response('{"access_token":"at-', { headers: { 'content-type': 'application/json' } }),
  'body breaks off': begun((stream) => stream.error(new TypeError('terminated'))),
  'empty answer': () => new Response(''),
  'captive portal': page(200),
  'captive portal redirects': page(302, { location: 'http://portal.example' }),
  'not found page': page(404),
  '500': page(500),
  '502 in JSON': { status: 502, json: { error: 'Bad Gateway' } },
  '503 with Retry-After': page(503, { 'retry-after': '20' }),
  '503 of OAuth': { status: 503, json: { error: 'temporarily_unavailable' } },
  '429 with Retry-After': page(429, { 'retry-after': '17' }),
  slow_down: oauthError('slow_down'),
  'too long': () => new Response('x'.repeat(300_000)),
}
