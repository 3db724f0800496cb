import type { ServerContext } from '../contract/context.ts'
import type { Signal, SubjectIdentifier } from '../contract/signals.ts'
import { OAuthError } from '../errors.ts'
import { isSubject } from '../foreign-text.ts'

/**
 * Ends all that is a user's: signed-in devices, and requests that the user has presented or approved. `sender` is the `iss` of a security
 * event token.
 */
export type EndSignIns = (subject: string, sender: string | undefined) => Promise<number>

/**
 * Carries out a signal. The sessions of the application end first, so that nobody approves one more device meanwhile.
 *
 * @param identifier - The subject identifier, as it was sent.
 * @returns `false` if there is no such user.
 * @throws {OAuthError} `invalid_request` for what is no subject identifier.
 */
export async function carryOut<Native>(
  identifier: unknown,
  signal: Signal<Native>,
  { options: { signals } }: ServerContext<Native>,
  endSignIns: EndSignIns,
): Promise<boolean> {
  if (!isIdentifier(identifier))
    throw new OAuthError('invalid_request', 'The subject identifier must be an object with a format.')
  const subject = await signals?.findSubject(identifier, signal)
  // a text that no database keeps is nobody's, and a database that refuses it would make the sender repeat the signal for ever
  if (!isSubject(subject)) return false
  await signals?.endSessions(subject, signal)
  await endSignIns(subject, signal.issuer)
  return true
}

function isIdentifier(value: unknown): value is SubjectIdentifier {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'format') === 'string'
}
