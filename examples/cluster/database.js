// @ts-check
/** The database of the demo: that of REDIS_URL or DATABASE_URL, else a temporary one. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** @typedef {{ name: string, env: Record<string, string>, stop(): Promise<void> }} Database */

/** @param {string} kind redis or postgres @returns {Promise<Database>} */
export async function startDatabase(kind) {
  const { REDIS_URL, DATABASE_URL } = process.env
  const stop = async () => {}
  if (kind === 'redis') {
    if (REDIS_URL === undefined) return startRedis()
    return { name: 'the Redis of REDIS_URL', env: { REDIS_URL }, stop }
  }
  if (kind !== 'postgres') throw new Error(`Give redis or postgres as the database, not ${kind}.`)
  if (DATABASE_URL === undefined) return startPostgres()
  return { name: 'the PostgreSQL of DATABASE_URL', env: { DATABASE_URL }, stop }
}

/** @returns {Promise<Database>} */
async function startRedis() {
  const server = find('redis-server') ?? find('valkey-server')
  if (server === undefined) throw new Error('Install redis-server or valkey-server, or set REDIS_URL.')
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-cluster-'))
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes']
  const stop = run(server, args, folder, {})
  await until(() => reach(port))
  return { name: 'a temporary Redis', env: { REDIS_URL: `redis://127.0.0.1:${port}` }, stop }
}

/** PostgreSQL refuses to run as root, so it runs as the user nobody in that case. @returns {Promise<Database>} */
async function startPostgres() {
  const [initdb, server] = [find('initdb'), find('postgres')]
  if (initdb === undefined || server === undefined) throw new Error('Install postgresql, or set DATABASE_URL.')
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-cluster-'))
  const nobody = 65_534
  const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
  if ('uid' in identity) chownSync(folder, nobody, nobody)
  const data = join(folder, 'data')
  const options = ['-D', data, '-U', 'demo', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(initdb, options, { ...identity, cwd: folder, stdio: 'ignore' })
  const port = await freePort()
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`]
  const stop = run(server, ['-D', data, '-p', String(port), ...settings], folder, identity)
  const url = `postgres://demo@127.0.0.1:${port}/postgres`
  await until(() => askPostgres(url))
  return { name: 'a temporary PostgreSQL', env: { DATABASE_URL: url }, stop }
}

/** @param {string} file @param {string[]} args @param {string} cwd @param {{ uid?: number, gid?: number }} identity */
function run(file, args, cwd, identity) {
  const server = spawn(file, args, { ...identity, cwd, stdio: 'ignore' })
  const ended = new Promise((resolve) => server.once('close', resolve))
  return async () => {
    // for PostgreSQL, SIGQUIT means to stop at once, without waiting for its clients
    server.kill('SIGQUIT')
    await ended
    rmSync(cwd, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
}

/** Looks on the PATH, and in the folder of Debian's packages. @param {string} name */
function find(name) {
  const packaged = '/usr/lib/postgresql'
  const versions = existsSync(packaged) ? readdirSync(packaged).map((version) => join(packaged, version, 'bin')) : []
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...versions]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
      server.close(() => resolve(port))
    })
  })
}

/** @param {() => Promise<unknown>} attempt */
async function until(attempt) {
  for (let round = 0; ; round++) {
    try {
      return await attempt()
    } catch (error) {
      if (round === 400) throw error
      await sleep(50)
    }
  }
}

/** @param {number} port */
async function reach(port) {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.destroy()
}

/** PostgreSQL listens before it can answer, so a connection alone is not enough. @param {string} url */
async function askPostgres(url) {
  const client = new pg.Client(url)
  await client.connect()
  await client.end()
}
