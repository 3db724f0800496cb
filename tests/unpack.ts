import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Bytes of a block of a tar archive. A header is one block, and a content begins at a block. */
const block = 512

/**
 * Unpacks a tarball that `npm pack` has made, without its first folder, as npm does. So the tests need no `tar` on the machine.
 *
 * @throws Error for an entry that is no file: `npm pack` makes none.
 */
export async function unpack(tarball: string, target: string): Promise<void> {
  const archive = gunzipSync(await readFile(tarball))
  const field = (start: number, end: number): string => archive.toString('utf8', start, end).split('\0')[0] ?? ''
  for (let at = 0; archive[at] !== 0; ) {
    const [name, prefix] = [field(at, at + 100), field(at + 345, at + 500)]
    const size = Number.parseInt(field(at + 124, at + 136), 8)
    const type = field(at + 156, at + 157)
    if (type !== '0' && type !== '') throw new Error(`${tarball}: ${name} is of the type ${type}, not a file.`)
    const path = (prefix === '' ? name : `${prefix}/${name}`).split('/').slice(1)
    const file = join(target, ...path)
    await mkdir(dirname(file), { recursive: true })
    const mode = Number.parseInt(field(at + 100, at + 108), 8)
    await writeFile(file, archive.subarray(at + block, at + block + size), { mode })
    at += block + Math.ceil(size / block) * block
  }
}
