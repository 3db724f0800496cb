// The examples of all adapters, each in a process of its own that gets SIGTERM under load: no request may be lost.
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { expect, it, vi } from 'vitest'
import { printed, run } from './example.ts'
import { freePort } from './free-port.ts'

const cases: readonly (readonly [name: string, folder: string, command: readonly [string, ...string[]]])[] = [
  ['express', 'passport', ['node', 'server.js']],
  ['koa', 'koa', ['node', 'server.js']],
  ['fastify', 'fastify', ['node', 'server.js']],
  ['node:http', 'node-http', ['node', 'server.js']],
  ['hono', 'hono', ['node', 'server.js']],
  ['nest on express', 'nest', ['npm', 'start', '--silent']],
  ['nest on fastify', 'nest', ['npm', 'start', '--silent', '--', 'fastify']],
]

/** Answers with `Connection: close` after which a client of the balancer sends nothing more to the node. */
const NOTICED_AFTER = 3

/** Milliseconds for which the balancer sends to a node that drains. The node takes connections for 1000, also on a busy machine. */
const SENDS_FOR = 700

/** Milliseconds until the second SIGTERM: npm and supervisors send one to each process of a group. */
const SECOND_SIGNAL = 100

interface Load {
  answered: number
  /** Answers with `Connection: close`. */
  closing: number
  /** The time when the last request was sent that was answered without it: the node did not drain before. */
  openAt: number
  /** Requests that were sent and got no answer, or a 5xx. */
  readonly lost: string[]
}

interface Ask {
  readonly method: string
  readonly path: string
  readonly body: string
}

const poll: Ask = { method: 'POST', path: '/oauth/token', body: 'grant_type=unknown&client_id=tv' }
const page: Ask = { method: 'GET', path: '/login', body: '' }

/** Resolves with the status and the header `Connection`. */
function ask(port: number, agent: Agent, { method, path, body }: Ask): Promise<[number, string | undefined]> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }
    const sent = request({ host: 'localhost', port, agent, method, path, headers }, (response) => {
      const { statusCode = 0, headers: answered } = response
      response
        .resume()
        .on('end', () => resolve([statusCode, answered.connection]))
        .on('error', reject)
    })
    sent.on('error', reject).end(body)
  })
}

/** One client of the balancer: it keeps its connection, and asks until it has noticed that the node drains, or has lost a request. */
async function keepAsking(port: number, kind: Ask, load: Load): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const maySend = (): boolean => load.closing === 0 || performance.now() < load.openAt + SENDS_FOR
  for (let noticed = 0; noticed < NOTICED_AFTER && maySend(); ) {
    const sentAt = performance.now()
    try {
      const [status, connection] = await ask(port, agent, kind)
      load.answered++
      if (connection === 'close') {
        noticed++
        load.closing++
      } else load.openAt = sentAt
      if (status >= 500) load.lost.push(`${kind.path} ${status}`)
    } catch (error) {
      load.lost.push(`${kind.path} ${error}`)
      break
    }
  }
  agent.destroy()
}

it.each(cases)(
  '%s ends within five seconds of SIGTERM under load, also when it comes twice, and loses no request',
  async (_, folder, command) => {
    const port = await freePort()
    const server = run(folder, command, { PORT: String(port) })
    await printed(server, 'As its user')
    const load: Load = { answered: 0, closing: 0, openAt: 0, lost: [] }
    const clients = [...Array(20).keys()].map((index) => keepAsking(port, index % 2 ? poll : page, load))
    // connections that never send anything, as browsers open them in advance
    const silent = [...Array(3).keys()].map(() => connect(port, 'localhost').on('error', () => {}))
    await vi.waitUntil(() => load.answered > 500 || load.lost.length > 0, { timeout: 20_000 })
    expect(load).toMatchObject({ closing: 0, lost: [] })

    const exited = once(server, 'exit')
    const began = performance.now()
    const terminate = (): unknown => process.kill(-(server.pid ?? Number.NaN), 'SIGTERM')
    terminate()
    // a machine that is busy may come to it after the end of the server
    setTimeout(() => server.exitCode ?? terminate(), SECOND_SIGNAL).unref()
    await Promise.all(clients)
    await exited
    expect(performance.now() - began).toBeLessThan(5000)
    expect(load.lost).toEqual([])
    expect(load.closing).toBeGreaterThan(0)
    for (const socket of silent) socket.destroy()
  },
)
