import { FileTokenStore } from '@device-auth/client/node'
import { CliError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { plain } from '../terminal/plain-text.ts'

/**
 * Throws if no file can be saved in a folder. Commands that need a person call it first, because a person should not approve a sign-in
 * whose tokens are lost.
 */
export async function refuseUnwritable(folder: string): Promise<void> {
  try {
    await new FileTokenStore({ folder }).check()
  } catch (error) {
    throw notSaved(`Sign-ins cannot be saved in ${plain(folder)}: ${fileFault(error)}.`)
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
