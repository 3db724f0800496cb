import { type Input, isOn, isUnset, type Surroundings } from '../terminal/surroundings.ts'

/** Whether a browser may open where the person sits: not over SSH, not in CI, not without a terminal or a display. */
export function canOpenBrowser({ env, platform, stdin, stderr }: Surroundings): boolean {
  if (stdin.isTTY !== true || stderr.isTTY !== true || env.TERM === 'dumb') return false
  if (isOn(env.CI) || ['SSH_CONNECTION', 'SSH_CLIENT', 'SSH_TTY'].some((name) => !isUnset(env[name]))) return false
  if (platform === 'win32' || platform === 'darwin') return true
  return ['DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME', 'BROWSER'].some((name) => !isUnset(env[name]))
}

/** Opens an address in the browser; `false` when there is none that can be started. */
export async function openBrowser(address: string): Promise<boolean> {
  // nothing that a server says may become anything but a page
  if (!/^https?:\/\//.test(address)) return false
  try {
    const { default: open } = await import('open')
    const child = await open(new URL(address).href)
    return await new Promise((resolve) => {
      child.once('error', () => resolve(false))
      // starters end at once, browsers stay
      child.once('exit', (code) => resolve(code === 0))
      setTimeout(() => resolve(true), 2000).unref()
    })
  } catch {
    return false
  }
}

/** Calls when Enter is pressed, until the returned function is. The terminal stays in line mode: Ctrl-C and Ctrl-Z work as ever. */
export function onEnter(stdin: Input, call: () => void): () => void {
  const read = (chunk: Buffer | string): void => {
    if (/[\r\n]/.test(String(chunk))) call()
  }
  stdin.on('data', read)
  stdin.resume()
  return () => {
    stdin.off('data', read)
    stdin.pause()
  }
}
