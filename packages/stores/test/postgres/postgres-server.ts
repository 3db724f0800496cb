import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import pg from 'pg'
import { freePort } from '../../../../tests/free-port.ts'
import { signalTree } from '../../../../tests/histories/databases/processes.ts'
import { until } from '../until.ts'

/** A PostgreSQL server that a test has started and may kill. */
export interface PostgresServer {
  readonly url: string
  /** The id of its first process; `undefined` after it was killed. */
  pid(): number | undefined
  /** @param largestFile KiB beyond which no file may grow, as on a full disk; at least 16384, which the log needs */
  start(largestFile?: number): Promise<void>
  /** Kills the server with all of its processes by `kill -9`, as in a crash. */
  kill(): Promise<void>
  /** Freezes all of its processes by SIGSTOP: its connections stay open, and it answers nothing until it goes on. */
  freeze(frozen: boolean): void
  stop(): Promise<void>
}

function binaries(): string | undefined {
  const packaged = '/usr/lib/postgresql'
  const versions = existsSync(packaged) ? readdirSync(packaged).map((version) => join(packaged, version, 'bin')) : []
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...versions]
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

/** The name of PostgreSQL if it is missing. */
export function noPostgres(): 'PostgreSQL' | undefined {
  return binaries() === undefined ? 'PostgreSQL' : undefined
}

/** The server of DATABASE_URL, which a test must not kill, or a new one. */
export async function givenOrOwnPostgres(): Promise<Pick<PostgresServer, 'url' | 'stop'>> {
  const url = process.env.DATABASE_URL
  return url === undefined ? postgresServer() : { url, stop: async () => {} }
}

/** Starts a server in a temporary folder. PostgreSQL refuses to run as root, so for root it runs as nobody. */
export async function postgresServer(): Promise<PostgresServer> {
  const bin = binaries()
  if (bin === undefined) throw new Error('There is no PostgreSQL: its initdb and postgres are looked for on the PATH.')
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-postgres-'))
  const nobody = 65_534
  const identity = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
  if ('uid' in identity) chownSync(folder, nobody, nobody)
  const data = join(folder, 'data')
  // the locale of the environment may be one that this machine does not have
  const options = ['-D', data, '-U', 'device_auth', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(join(bin, 'initdb'), options, { ...identity, cwd: folder, stdio: 'ignore' })
  const port = await freePort()
  const url = `postgres://device_auth@127.0.0.1:${port}/postgres`
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`]
  let server: ChildProcess | undefined
  const launch = (largestFile: number | undefined): void => {
    const command = [join(bin, 'postgres'), '-D', data, '-p', String(port), ...settings]
    // in units of 512 bytes
    const limit = largestFile === undefined ? 'unlimited' : String(largestFile * 2)
    server = spawn('sh', ['-c', `ulimit -f ${limit} && exec "$@"`, 'sh', ...command], {
      ...identity,
      cwd: folder,
      stdio: 'ignore',
      detached: true,
    })
  }
  const pid = (): number | undefined =>
    server?.exitCode === null && server.signalCode === null ? server.pid : undefined
  const start = (largestFile?: number): Promise<void> =>
    until(async () => {
      // it ends at once while the system still removes processes of one that was killed, which share its memory
      if (pid() === undefined) launch(largestFile)
      const client = new pg.Client(url)
      await client.connect()
      await client.end()
    })
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ended = new Promise((resolve) => server?.once('exit', resolve))
    if (server?.pid === undefined || server.exitCode !== null) return
    // the whole process group, as when a machine fails
    process.kill(signal === 'SIGKILL' ? -server.pid : server.pid, signal)
    await ended
  }
  await start()
  const stop = async (): Promise<void> => {
    await end('SIGQUIT')
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }
  const freeze = (frozen: boolean): void => {
    const running = pid()
    if (running !== undefined) signalTree(running, frozen ? 'SIGSTOP' : 'SIGCONT')
  }
  return { url, pid, start, kill: () => end('SIGKILL'), freeze, stop }
}
