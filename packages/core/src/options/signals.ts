import { type Check, isObject, OptionError } from '../checks.ts'
import type { ResolvedOptions } from '../contract/resolved-options.ts'
import type { Signals, SubjectIdentifier } from '../contract/signals.ts'
import { OAuthError } from '../errors.ts'
import { guard } from '../time-limit.ts'

const names: readonly string[] = ['authenticate', 'verify', 'findSubject', 'endSessions']

/** The check of the option `signals`. */
export const isSignals: Check = (value) => {
  const given = Object(value)
  const fits =
    isObject(value) === undefined &&
    typeof given.endSessions === 'function' &&
    Object.keys(given).every((name) => names.includes(name)) &&
    names.every((name) => given[name] === undefined || typeof given[name] === 'function')
  return fits
    ? undefined
    : 'an object with the function endSessions, and authenticate, verify and findSubject as they are needed'
}

/**
 * The option `signals` with functions that are bound to their object and limited in time.
 *
 * @param timeout - Milliseconds.
 */
export function resolveSignals<Native>(
  given: Signals<Native> | undefined,
  issuer: string,
  timeout: number,
): ResolvedOptions<Native>['signals'] {
  if (given === undefined) return undefined
  const { authenticate, verify, findSubject } = given
  const bounded = {
    ...(authenticate && { authenticate: guard('signals.authenticate', 'hook', timeout, authenticate.bind(given)) }),
    ...(verify && { verify: guard('signals.verify', 'hook', timeout, verify.bind(given)) }),
  }
  return Object.freeze({
    ...bounded,
    findSubject:
      findSubject === undefined
        ? (identifier: SubjectIdentifier) => subjectOf(identifier, issuer)
        : guard('signals.findSubject', 'hook', timeout, findSubject.bind(given)),
    endSessions: guard('signals.endSessions', 'hook', timeout, given.endSessions.bind(given)),
  })
}

/**
 * The subject that an identifier names in the words of this server.
 * @throws {OAuthError} `invalid_request` for an identifier of another server or format.
 */
function subjectOf({ format, id, iss, sub }: SubjectIdentifier, issuer: string): string {
  const subject = format === 'opaque' ? id : format === 'iss_sub' && iss === issuer ? sub : undefined
  if (typeof subject === 'string' && subject !== '') return subject
  throw new OAuthError('invalid_request', 'This kind of subject identifier is not supported.')
}

/** Checks that the endpoints of signals can tell who sent them. */
export function checkSignals({ paths, signals }: ResolvedOptions<never>): void {
  const needs = { globalTokenRevocation: 'authenticate', securityEvents: 'verify' } as const
  for (const path of ['globalTokenRevocation', 'securityEvents'] as const) {
    if (paths[path] !== false && signals?.[needs[path]] === undefined)
      throw new OptionError(`signals.${needs[path]}`, `missing, but \`paths.${path}\` needs it: give a function.`)
  }
}
