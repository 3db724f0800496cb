import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { until } from '../packages/stores/test/until.ts'

/** A running nginx. */
export interface Nginx {
  stop(): Promise<void>
}

/** Debian keeps nginx where only root looks for programs. */
const env = { ...process.env, PATH: [process.env.PATH, '/usr/sbin'].join(delimiter) }

/** The name of nginx if it is missing. */
export function noNginx(): 'nginx' | undefined {
  try {
    execFileSync('nginx', ['-v'], { env, stdio: 'ignore' })
    return undefined
  } catch {
    return 'nginx'
  }
}

/**
 * Starts nginx in front of a server. All settings are the defaults, buffering among them, but for the time-out of answers.
 *
 * @param port - The port of nginx.
 * @param upstream - The port of the server.
 * @param timeout - Seconds without a byte of an answer until nginx answers 504.
 */
export async function startNginx(port: number, upstream: number, timeout: number): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'device-auth-nginx-'))
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  for (const kind of kinds) mkdirSync(join(folder, kind), { mode: 0o777 })
  const file = join(folder, 'nginx.conf')
  writeFileSync(
    file,
    `daemon off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
  ${kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${upstream};
      proxy_read_timeout ${timeout}s;
    }
  }
}
`,
  )
  const nginx = spawn('nginx', ['-c', file, '-e', join(folder, 'error.log')], { env, stdio: 'ignore' })
  await until(() => fetch(`http://127.0.0.1:${port}/`))
  return {
    async stop() {
      nginx.kill('SIGQUIT')
      await once(nginx, 'exit')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
