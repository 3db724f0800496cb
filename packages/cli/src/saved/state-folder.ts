import { randomUUID } from 'node:crypto'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CliError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { plain } from '../terminal/plain-text.ts'

/** Bytes of the file that is written to try a folder: as many as the tokens of a sign-in take. */
const TRIAL = 4096

/**
 * Throws if no file can be saved in a folder. Commands that need a person call it first, because a person should not approve a sign-in
 * whose tokens are lost.
 */
export async function refuseUnwritable(folder: string): Promise<void> {
  const trial = join(folder, `${randomUUID()}.trial`)
  try {
    await makeFolder(folder)
    try {
      await writeFile(trial, ' '.repeat(TRIAL), { mode: 0o600, flag: 'wx' })
    } finally {
      await rm(trial, { force: true })
    }
  } catch (error) {
    throw notSaved(`Sign-ins cannot be saved in ${plain(folder)}: ${fileFault(error)}.`)
  }
}

/**
 * Makes a folder and its parents. The option `recursive` of `mkdir` tries for ever where a parent exists in which no folder can be made,
 * such as `/proc`.
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error
    await makeFolder(dirname(folder))
    await mkdir(folder, { mode: 0o700 }).catch((second: NodeJS.ErrnoException) => {
      // another process may have made it meanwhile
      if (second.code !== 'EEXIST') throw second
    })
  }
}

/** The error if something cannot be saved. */
export function notSaved(message: string): CliError {
  const hint = 'Make that folder writable, or pass another one with --state-folder.'
  return new CliError(exitCodes.failed, message, { error: 'not_saved', hint })
}

const faults: Readonly<Record<string, string>> = {
  EACCES: 'you have no permission',
  EPERM: 'you have no permission',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your disk quota is used up',
  ENOENT: 'no such folder can be made',
  ENOTDIR: 'a part of that path is a file',
  EEXIST: 'that path is a file',
  EISDIR: 'there is a folder in place of the file',
  ENAMETOOLONG: 'the path is too long',
}

/** The fault of a file system in a few words. */
export function fileFault(error: unknown): string {
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : {}
  return faults[code ?? ''] ?? plain(message ?? error)
}
