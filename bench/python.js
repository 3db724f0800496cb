// The Python that has Authlib and Flask, if there is one, and the CPU time of a process that is not Node's.

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

const python = process.env.PYTHON ?? '/usr/bin/python3'

/** The version of Authlib; `undefined` if it or Flask is missing. */
export function authlibVersion() {
  const { status, stdout } = spawnSync(python, ['-c', 'import flask, authlib; print(authlib.__version__)'])
  return status === 0 ? stdout.toString().trim() : undefined
}

export function pythonWithAuthlib() {
  if (authlibVersion() === undefined)
    throw new Error(`${python} has no Authlib: install python3-authlib, or set PYTHON.`)
  return python
}

/** CPU microseconds of all threads of a process. */
export function cpuOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`)
  const nanoseconds = threads.map((id) =>
    Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'utf8').split(' ')[0]),
  )
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1000
}
