/** The most warnings that are remembered. */
const maxWarned = 1000

const warned = new Set<string>()

/** Emits a warning of the process, the first time that it is given. */
export function warnOnce(warning: string): void {
  if (warned.has(warning) || warned.size === maxWarned) return
  warned.add(warning)
  process.emitWarning(warning, 'DeviceAuthWarning')
}
