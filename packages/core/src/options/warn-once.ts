/** The most warnings that are remembered. */
const MAX_WARNED = 1000

const warned = new Set<string>()

/** Emits a warning of the process, the first time that it is given. */
export function warnOnce(warning: string): void {
  if (warned.has(warning) || warned.size === MAX_WARNED) return
  warned.add(warning)
  process.emitWarning(warning, 'DeviceAuthWarning')
}
