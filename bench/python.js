// The Python that has Authlib and Flask, if there is one, and the CPU time of a process that is not Node's.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

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

/** Microseconds of a clock tick, in which Linux counts the CPU time of a process for everybody. */
const tick = 10_000

/** CPU microseconds of a process with all its threads, also of those that have ended: each connection has one. */
export function cpuOf(pid) {
  // the name of the program is in brackets, and may have spaces
  const [, fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?!.*\) )/)
  const [user, system] = fields.split(' ').slice(11, 13).map(Number)
  return (user + system) * tick
}
