import { execFileSync } from 'node:child_process'

/** Sends a signal to a process and to all that it has started. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const parents = rows.map((row) => row.trim().split(/\s+/).map(Number))
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
