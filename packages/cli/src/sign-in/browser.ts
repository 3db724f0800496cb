import { type Input, isOn, isUnset, type Surroundings } from '../terminal/surroundings.ts'

/** True if a browser would open in front of the user: not over SSH, not in CI, not without a terminal or a display. */
export function canOpenBrowser({ env, platform, stdin, stderr }: Surroundings): boolean {
  if (stdin.isTTY !== true || stderr.isTTY !== true || env.TERM === 'dumb') return false
  if (isOn(env.CI) || ['SSH_CONNECTION', 'SSH_CLIENT', 'SSH_TTY'].some((name) => !isUnset(env[name]))) return false
  if (platform === 'win32' || platform === 'darwin') return true
  return ['DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME', 'BROWSER'].some((name) => !isUnset(env[name]))
}

/** Opens an address in the browser. Resolves with `false` if no browser could be started. */
export async function openBrowser(address: string): Promise<boolean> {
  // the address comes from a server: only web pages are opened, no files or other programs
  if (!/^https?:\/\//.test(address)) return false
  try {
    const { default: open } = await import('open')
    const child = await open(new URL(address).href)
    return await new Promise((resolve) => {
      child.once('error', () => resolve(false))
      // a program such as xdg-open exits at once, a browser stays open
      child.once('exit', (code) => resolve(code === 0))
      setTimeout(() => resolve(true), 2000).unref()
    })
  } catch {
    return false
  }
}

/**
 * Calls `listener` each time Enter is pressed. The returned function ends that.
 * The terminal stays in line mode, so that Ctrl-C and Ctrl-Z work as usual.
 */
export function onEnter(stdin: Input, listener: () => void): () => void {
  const read = (chunk: Buffer | string): void => {
    if (/[\r\n]/.test(String(chunk))) listener()
  }
  stdin.on('data', read)
  stdin.resume()
  return () => {
    stdin.off('data', read)
    stdin.pause()
  }
}
