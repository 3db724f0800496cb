import { Agent, request } from 'node:http'
import type { Answer, Operation, Recorder, Step } from '../history.ts'
import type { Node } from '../nodes.ts'
import { timing } from '../timing.ts'

/** An answer as it came over the wire. `status` 0: none came. */
export interface Response {
  readonly status: number
  readonly text: string
  readonly location?: string | undefined
  readonly cookie?: string | undefined
}

/** A request to a node. */
export interface Asked {
  readonly path: string
  readonly form?: Readonly<Record<string, string>> | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** The network between the users and the nodes. */
export interface Network {
  readonly nodes: readonly Node[]
  readonly recorder: Recorder
  send(node: Node, asked: Asked): Promise<Response>
  close(): void
}

/** Makes the connections to the nodes. A client gives up after the patience of `timing`. */
export function networkTo(nodes: readonly Node[], recorder: Recorder): Network {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const lost: Response = { status: 0, text: '' }
  const send = (node: Node, { path, form, headers }: Asked): Promise<Response> =>
    new Promise((resolve) => {
      const port = node.port()
      // nobody listens there: the connection is refused
      if (port === undefined) return resolve(lost)
      const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
      const method = form === undefined ? 'GET' : 'POST'
      const options = { port, host: '127.0.0.1', path, method, agent, headers: { ...type, ...headers } }
      const sent = request(options, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part) => {
          text += part
        })
        response.on('error', () => resolve(lost))
        response.on('close', () => resolve(lost))
        response.on('end', () => {
          const { location, 'set-cookie': cookies } = response.headers
          resolve({ status: response.statusCode ?? 0, text, location, cookie: cookies?.[0]?.split(';', 1)[0] })
        })
      })
      const timer = setTimeout(() => sent.destroy(), timing.patience * 1000)
      sent.on('error', () => resolve(lost))
      sent.on('close', () => clearTimeout(timer))
      sent.end(form === undefined ? undefined : new URLSearchParams(form).toString())
    })
  return { nodes, recorder, send, close: () => agent.destroy() }
}

/** The parts of an operation that the client knows before it asks. */
export interface Intent extends Pick<Operation, 'user' | 'code' | 'given' | 'note'> {
  readonly step: Step
}

/**
 * Asks a node and keeps the operation.
 *
 * @param ask sends the request, or all requests that a browser sends for one step
 * @param read takes from the response what the rules look at
 */
export async function operate(
  network: Network,
  node: Node,
  intent: Intent,
  ask: (node: Node) => Promise<Response>,
  read: (response: Response) => Answer = readJson,
): Promise<Operation> {
  const at = network.recorder.now()
  const response = await ask(node)
  const ended = network.recorder.now()
  const answer = response.status === 0 ? {} : read(response)
  const { note, ...known } = intent
  // only tokens can be thrown away
  const kept = note === 'dropped' && answer.access === undefined ? {} : { ...(note && { note }) }
  const asked = { kind: 'operation', at, ended, node: node.number, status: response.status, answer } as const
  const operation: Operation = { ...asked, ...known, ...kept }
  network.recorder.keep(operation)
  return operation
}

interface Wire {
  readonly error?: string
  readonly access_token?: string
  readonly refresh_token?: string
  readonly device_code?: string
  readonly user_code?: string
  readonly expires_in?: number
  readonly active?: boolean
  readonly result?: string
  readonly devices?: readonly string[]
}

/** Takes an answer of an OAuth endpoint apart. */
export function readJson({ text }: Response): Answer {
  if (text === '') return {}
  let wire: Wire
  try {
    wire = JSON.parse(text)
  } catch {
    return { result: `not JSON: ${text.slice(0, 80)}` }
  }
  const { error, access_token: access, refresh_token: refresh, active, result, devices } = wire
  const { device_code: deviceCode, user_code: userCode, expires_in: expiresIn } = wire
  const all = { error, access, refresh, deviceCode, userCode, expiresIn, active, result, devices }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
