// Authlib on Flask, in a process of Python: /usr/bin/python3, where Debian's packages are, or the one that PYTHON names.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { cpuOf, pythonWithAuthlib } from '../python.js'

export async function start() {
  const script = fileURLToPath(new URL('authlib_server.py', import.meta.url))
  // it refuses plain HTTP otherwise
  const env = { ...process.env, AUTHLIB_INSECURE_TRANSPORT: '1' }
  const child = spawn(pythonWithAuthlib(), [script], { stdio: ['ignore', 'pipe', 'ignore'], env })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const port = Number(line)
  const approve = async (userCodes) => {
    const answer = await fetch(`http://127.0.0.1:${port}/approve`, { method: 'POST', body: userCodes.join(' ') })
    if (!answer.ok) throw new Error(`/approve was answered ${answer.status}`)
  }
  return { port, approve, cpu: () => cpuOf(child.pid), stop: () => child.kill() }
}
