import type { Input } from './surroundings.ts'

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
