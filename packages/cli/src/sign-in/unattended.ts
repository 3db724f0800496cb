import { unattendedReason } from '@device-auth/client'
import { mayHaveReader, type Surroundings } from '../terminal/surroundings.ts'

/**
 * The reason why nobody can approve a sign-in here, by the rules of the client. `undefined` if somebody may be able to: at a terminal, or
 * with a program that reads the code from a pipe and shows it.
 *
 * @param json - True if the code goes to stdout, for a program; otherwise it goes to stderr.
 */
export function unattendedBecause(
  { env, stdin, stdout, stderr }: Surroundings,
  json: boolean | undefined,
): string | undefined {
  const isTerminal = stdin.isTTY === true || stderr.isTTY === true
  return unattendedReason(mayHaveReader(json ? stdout : stderr, env), { env, isTerminal })
}
