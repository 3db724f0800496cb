import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Sends a signal to a process and to all that it has started. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  const parents = existsSync('/proc/self/stat') ? readParents() : askForParents()
  const found = [pid]
  for (const parent of found) {
    for (const [child, of] of parents) if (of === parent && child !== undefined) found.push(child)
  }
  for (const one of found) {
    try {
      process.kill(one, signal)
    } catch {
      // it has ended in the meantime
    }
  }
}

/** Each process with its parent, from Linux itself: small images have no `ps`. */
function readParents(): readonly (readonly number[])[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // the name in parentheses may have spaces; the state and the parent follow it
      return [[Number(pid), Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1])]]
    } catch {
      return []
    }
  })
}

function askForParents(): readonly (readonly number[])[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  return rows.map((row) => row.trim().split(/\s+/).map(Number))
}
