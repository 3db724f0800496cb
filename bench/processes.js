// Server and load generator as processes of their own, and what is asked of them.

import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const canPin = spawnSync('taskset', ['-c', '0', 'true'], { stdio: 'ignore' }).status === 0
const canBatch = spawnSync('chrt', ['--batch', '0', 'true'], { stdio: 'ignore' }).status === 0

function start(folder, file, core, values, env = {}) {
  // PROFILE names a folder for profiles of the processor, one for each process
  const { PROFILE } = process.env
  const execArgv = ['--expose-gc', ...(PROFILE === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', PROFILE])]
  const child = fork(fileURLToPath(new URL(file, folder)), values, { execArgv, env: { ...process.env, ...env } })
  if (canPin) spawnSync('taskset', ['-a', '-cp', core, String(child.pid)], { stdio: 'ignore' })
  // else the load interrupts a server at each answer as soon as it has used less of the processor than the server, and that
  // server then pays for a switch with each request: a server that is a little slower looks twice as slow
  if (canBatch) spawnSync('chrt', ['--all-tasks', '--batch', '--pid', '0', String(child.pid)], { stdio: 'ignore' })
  return child
}

async function ask(child, question) {
  const answer = once(child, 'message')
  child.send(question)
  const [message] = await answer
  return message
}

/**
 * The load runs on the same core as the server. To wake a process on another core takes an interrupt, which costs 10 us in
 * a virtual machine, and the slower a server is, the more often its client sleeps.
 */
export async function startLoad() {
  const child = start(import.meta.url, './load.js', '0', [])
  await once(child, 'message')
  return child
}

/** Starts a server with so many pending codes; those of a server that does not make them itself are asked for over HTTP. */
export async function startServer(
  { name, module, kind, wire, pending, share = 1, folder = import.meta.url, env },
  codes,
  load,
) {
  const wanted = codes === 0 ? 0 : (pending ?? codes)
  const child = start(folder, './server.js', '0', [module, kind, String(wanted)], env)
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended with ${code}.`)))
  failed.catch(() => {})
  const [{ port, list }] = await Promise.race([once(child, 'message'), failed])
  const server = { name, child, port, list, wire, load, share }
  if (list.length < wanted) server.list = (await send(server, 'authorize', wanted)).answers.map(([code]) => code)
  return server
}

/** Sends so many requests of a kind, checks their answers, and returns them with the CPU microseconds of one. */
export async function send({ name, child, port, wire, load }, kind, amount, list) {
  const before = (await ask(child, 'cpu')).cpu
  const answer = await ask(load, { port, kind, wire, amount, list })
  const { requests, errors, wrong } = answer
  const after = (await ask(child, 'cpu')).cpu
  if (errors > 0 || wrong.length > 0)
    throw new Error(`${name}, ${kind}: ${errors} errors, ${wrong.length} of ${requests} wrong: ${wrong[0]}`)
  return { ...answer, cost: (after - before) / requests }
}

/** Approves by the server's own API; returns the CPU microseconds of one approval. */
export async function approve({ child }, userCodes) {
  return (await ask(child, { approve: userCodes })).cpu / userCodes.length
}

/** The bytes of heap and of the whole process that are in use. */
export function memoryOf({ child }) {
  return ask(child, 'memory')
}

export const isPinned = canPin
