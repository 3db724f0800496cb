// Servers that are wrong on purpose, for the controls of the conformance suite: a right server behind a `fetch` that changes messages.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ConformanceReport, type ConformanceTarget, runConformance } from '@device-auth/conformance'
import { adapters } from './adapters.ts'
import { createTarget, type TargetOptions } from './conformance-target.ts'

/** A request on its way. A fault may change the form before it asks for the answer. */
export interface Sent {
  /** The last part of the path, such as `token`. */
  readonly endpoint: string
  readonly form: URLSearchParams
}

/** An answer on its way back, with the members of its JSON. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly content: Readonly<Record<string, unknown>>
}

/** The fault of a server: it answers a request in place of the right server, which `answer` asks. */
export type Fault = (sent: Sent, answer: () => Promise<Answer>) => Promise<Answer>

function membersOf(text: string): Answer['content'] {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

/** A `fetch` of a server with a fault. */
function faulty(fault: Fault): typeof fetch {
  return async (input, init) => {
    const { body } = init ?? {}
    const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : ''
    const form = new URLSearchParams(text)
    const before = form.toString()
    const endpoint = new URL(String(input)).pathname.split('/').at(-1) ?? ''
    const { status, headers, content } = await fault({ endpoint, form }, async () => {
      const after = form.toString()
      const changed = after === before ? {} : { body: after }
      const response = await fetch(input, { ...init, ...changed })
      return { status: response.status, headers: response.headers, content: membersOf(await response.text()) }
    })
    const kept = new Headers(headers)
    kept.delete('content-length')
    return new Response(JSON.stringify(content), { status, headers: kept })
  }
}

/** A right server that the controls of one file share. */
export interface RightServer {
  readonly target: ConformanceTarget
  /** Runs the cases whose id and title match, against the server with a fault. */
  run(fault: Fault | undefined, name: RegExp, changes?: Partial<ConformanceTarget>): Promise<ConformanceReport>
  /** The verdicts of these cases. */
  verdicts(fault: Fault, name: RegExp, changes?: Partial<ConformanceTarget>): Promise<readonly string[]>
  close(): void
}

/** Starts a right server whose tokens other systems trust. */
export async function startRightServer(options: TargetOptions = {}): Promise<RightServer> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/oauth`
  const given = { profile: 'rfc', trusted: true, ...options } as const
  const [{ listener }, target] = createTarget(issuer, adapters['node:http']!, given)
  server.on('request', listener)
  const run: RightServer['run'] = (fault, name, changes = {}) => {
    const behind = fault === undefined ? {} : { fetch: faulty(fault) }
    const only = ({ id, title }: { readonly id: string; readonly title: string }) => name.test(`${id} ${title}`)
    return runConformance({ ...target, ...behind, ...changes }, { only })
  }
  return {
    target,
    run,
    async verdicts(fault, name, changes) {
      const { results } = await run(fault, name, changes)
      return results.map(({ status, message }) => (status === 'skipped' ? message : status))
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
