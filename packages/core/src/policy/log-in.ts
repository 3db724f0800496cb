import type { ServerContext } from '../contract/context.ts'
import type { Authentication, DeviceCredential } from '../contract/store.ts'
import type { LoginRequirement } from '../contract/target.ts'
import { OAuthError } from '../errors.ts'
import { readScope } from '../scope.ts'

const prompts = ['login', 'consent', 'select_account']

/** The parameters about the log-in, if the option `acrValues` is given. */
export function logInParameters<Native>({ options }: ServerContext<Native>): readonly string[] {
  return options.acrValues === undefined ? [] : ['acr_values', 'max_age', 'prompt']
}

/**
 * Reads what a device asks of the log-in of the user who approves it; `undefined` if nothing.
 *
 * @throws {OAuthError} `unmet_authentication_requirements` if no log-in of the application has one of the classes;
 *   `invalid_request` for a malformed parameter, and for `prompt=none`: a device sign-in always asks the user.
 * @see {@link https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest OpenID Connect Core section 3.1.2.1}
 */
export function readLogIn<Native>(
  parameters: ReadonlyMap<string, string>,
  { options }: ServerContext<Native>,
): LoginRequirement | undefined {
  if (options.acrValues === undefined) return undefined
  const acrValues = readAcrValues(parameters.get('acr_values'), options.acrValues)
  const maxAge = readMaxAge(parameters.get('max_age'))
  const prompt = readPrompt(parameters.get('prompt'))
  if (acrValues === undefined && maxAge === undefined && prompt === undefined) return undefined
  return {
    ...(acrValues === undefined ? {} : { acrValues }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(prompt === undefined ? {} : { prompt }),
  }
}

function readAcrValues(text: string | undefined, known: readonly string[]): readonly string[] | undefined {
  const asked = readNames('acr_values', text)
  const possible = asked?.filter((value) => known.includes(value))
  if (possible?.length !== 0) return possible
  throw new OAuthError('unmet_authentication_requirements')
}

function readMaxAge(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new OAuthError('invalid_request', 'max_age must be a whole number of seconds.')
}

function readPrompt(text: string | undefined): string | undefined {
  const asked = readNames('prompt', text)
  if (asked === undefined || asked.every((one) => prompts.includes(one))) return asked?.join(' ')
  throw new OAuthError('invalid_request', `prompt may be ${prompts.join(', ')}: a device sign-in always asks the user.`)
}

/** Names have the grammar of scopes. */
function readNames(parameter: string, text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined
  try {
    return readScope(text)
  } catch {
    throw new OAuthError('invalid_request', `${parameter} must be a list of names, separated by spaces.`)
  }
}

/**
 * `true` if a log-in is as fresh and as strong as the device asks. Its age counts at the time of the request, so a log-in for this
 * request is fresh enough, however long the user then reads the page. Both times count in whole seconds.
 */
export function meetsLogIn(
  { target, createdAt }: Pick<DeviceCredential, 'target' | 'createdAt'>,
  authentication: Authentication | undefined,
): boolean {
  const { acrValues, maxAge, prompt } = target?.login ?? {}
  const oldest = prompt?.split(' ').includes('login') ? 0 : maxAge
  if (acrValues !== undefined && !acrValues.includes(authentication?.acr ?? '')) return false
  if (oldest === undefined) return true
  return authentication !== undefined && seconds(authentication.time) >= seconds(createdAt) - oldest
}

function seconds(instant: number): number {
  return Math.floor(instant / 1000)
}
