// Starts a Redis and a PostgreSQL for a benchmark from the binaries on this machine, or uses REDIS_URL and DATABASE_URL.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

function find(...names) {
  const packaged = '/usr/lib/postgresql'
  const versions = existsSync(packaged) ? readdirSync(packaged).map((version) => join(packaged, version, 'bin')) : []
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...versions]
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path))
  if (found === undefined) throw new Error(`Install ${names.join(' or ')}.`)
  return found
}

/** CPU time of a process and its children so far, in microseconds; 0 if there is no /proc. */
function cpuOf(pid) {
  const process = `/proc/${pid}`
  if (!existsSync(process)) return 0
  const children = readFileSync(`${process}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  const own = Number(readFileSync(`${process}/schedstat`, 'utf8').split(' ')[0]) / 1000
  return children.reduce((sum, child) => sum + cpuOf(child), own)
}

export async function startRedis(settings = []) {
  if (process.env.REDIS_URL !== undefined) return { url: process.env.REDIS_URL, cpu: () => 0, stop: () => {} }
  const port = await freePort()
  const server = spawn(find('redis-server', 'valkey-server'), ['--port', String(port), '--save', '', ...settings], {
    stdio: 'ignore',
  })
  await setTimeout(500)
  return { url: `redis://127.0.0.1:${port}`, cpu: () => cpuOf(server.pid), stop: () => server.kill() }
}

/** The durability is the default: an UPDATE is answered when it is on the disk. */
export async function startPostgres(ownSettings = ['shared_buffers=512MB', 'max_wal_size=4GB']) {
  if (process.env.DATABASE_URL !== undefined) return { url: process.env.DATABASE_URL, cpu: () => 0, stop: () => {} }
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-bench-'))
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  if (identity.uid !== undefined) chownSync(folder, identity.uid, identity.gid)
  const [data, port] = [join(folder, 'data'), await freePort()]
  const options = { ...identity, cwd: folder, stdio: 'ignore' }
  execFileSync(find('initdb'), ['-D', data, '-U', 'bench', '-A', 'trust'], options)
  const settings = [`unix_socket_directories=${folder}`, ...ownSettings].flatMap((setting) => ['-c', setting])
  const server = spawn(find('postgres'), ['-D', data, '-p', String(port), ...settings], options)
  const url = `postgres://bench@127.0.0.1:${port}/postgres`
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client(url)
    try {
      await client.connect()
      await client.end()
      break
    } catch (error) {
      if (attempt === 100) throw error
      await setTimeout(100)
    }
  }
  const stop = async () => {
    server.kill('SIGINT')
    await once(server, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
  return { url, cpu: () => cpuOf(server.pid), stop }
}
