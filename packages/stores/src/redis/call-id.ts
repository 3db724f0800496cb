import { randomBytes } from 'node:crypto'

const ofThisProcess = randomBytes(6).toString('base64url')
let calls = 0

/**
 * An id for one call of a step. A client may send a command again, because its connection broke before the answer came. The
 * script then finds the id that the first execution left behind, and counts nothing twice.
 */
export function newCallId(): string {
  calls++
  return ofThisProcess + calls.toString(36)
}
