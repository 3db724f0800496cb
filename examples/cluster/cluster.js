// @ts-check
/** The cluster of the demo: a database, three nodes, and a proxy on one port, which prints each answer and its node. */
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startDatabase } from './database.js'
import { createProxy } from './proxy.js'

/** @typedef {import('./proxy.js').Node & { process: import('node:child_process').ChildProcess }} RunningNode */

// in your application the secret is configured: the same for all nodes, and after every restart
const secret = process.env.DEVICE_AUTH_SECRET ?? randomBytes(32).toString('base64url')

export class Cluster {
  /** @type {RunningNode[]} */
  nodes = []
  origin = ''
  /** Returns `false` to lose an answer. @type {import('./proxy.js').OnAnswer} */
  onAnswer = () => true
  /** @type {import('./database.js').Database | undefined} */
  #database
  #proxy = createProxy(
    () => this.nodes,
    (node, asked, answer) => {
      console.log(`${node.name}   ${asked.padEnd(34)} ${answer.status} ${summary(answer)}`)
      return this.onAnswer(node, asked, answer)
    },
  )

  /** @param {string} kind redis or postgres @param {number} port of the proxy; 0 for any free one */
  async start(kind, port) {
    await once(this.#proxy.listen(port, 'localhost'), 'listening')
    this.origin = `http://localhost:${/** @type {import('node:net').AddressInfo} */ (this.#proxy.address()).port}`
    const database = await startDatabase(kind)
    this.#database = database
    const { REDIS_URL: _, DATABASE_URL: __, ...inherited } = process.env
    const shared = { ...inherited, ...database.env, ORIGIN: this.origin, DEVICE_AUTH_SECRET: secret, PORT: '0' }
    this.nodes = await Promise.all(['node 1', 'node 2', 'node 3'].map((name) => startNode(name, shared)))
    console.log(`Three nodes on ${database.name}, behind ${this.origin}.`)
  }

  /** Ends a node as a failing machine does: at once, without any clean-up. @param {import('./proxy.js').Node} node */
  kill(node) {
    this.nodes = this.nodes.filter((each) => {
      if (each.name === node.name) each.process.kill('SIGKILL')
      return each.name !== node.name
    })
    console.log(`\n         ✘ kill -9 of ${node.name}\n`)
  }

  async stop() {
    this.#proxy.close().closeAllConnections()
    await Promise.all(this.nodes.map((node) => end(node.process)))
    await this.#database?.stop()
  }
}

/** Runs a cluster on the database that the command line names, until the story or a signal ends it. @param {(cluster: Cluster) => Promise<boolean>} story returns true if the cluster shall end @param {number} [port] */
export async function withCluster(story, port = 0) {
  const cluster = new Cluster()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void cluster.stop().then(() => process.exit()))
  try {
    await cluster.start(process.argv[2] ?? 'redis', port)
    if (await story(cluster)) await cluster.stop()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
    await cluster.stop()
  }
}

/** @param {string} name @param {NodeJS.ProcessEnv} env @returns {Promise<RunningNode>} */
async function startNode(name, env) {
  const child = fork(fileURLToPath(new URL('server.js', import.meta.url)), { env })
  const [message] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  const port = /** @type {{ port?: number }} */ (message)?.port
  if (port === undefined) throw new Error(`${name} did not start.`)
  return { name, port, process: child }
}

/** @param {import('node:child_process').ChildProcess} node */
async function end(node) {
  // kill returns false if the process has ended already, as on Ctrl-C
  if (node.exitCode === null && node.signalCode === null && node.kill('SIGTERM')) await once(node, 'exit')
}

/** An answer in one word. @param {import('./proxy.js').Answer} answer */
function summary({ headers, body }) {
  if (headers['content-type']?.includes('json') !== true) return headers.location === undefined ? 'a page' : 'redirect'
  const { error, user_code, access_token } = JSON.parse(body.toString())
  return error ?? (user_code && 'codes') ?? (access_token && 'tokens') ?? ''
}
