import { CliError, usageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import { type ServerOptions, scopeOf } from '../options.ts'
import { freshToken } from '../saved/fresh-token.ts'
import { findSaved } from '../saved/sign-ins.ts'
import { tokenStore } from '../saved/token-store.ts'
import { authorizationOf, isVisible, requestHeaders } from '../server/authorization.ts'
import { connect } from '../server/connection.ts'
import { type Narrowing, narrowToken } from '../server/narrow-token.ts'
import { jsonLine, plain } from '../terminal/plain-text.ts'
import { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { instant } from '../terminal/time.ts'

/** Options of `token`. */
export interface TokenOptions extends ServerOptions {
  readonly header?: boolean
  /** Method and URL of the request that the headers are for. */
  readonly proof?: string
  /** The scopes of a narrower token. */
  readonly narrow?: readonly string[]
  readonly resource?: readonly string[]
  readonly audience?: readonly string[]
}

/** `token`: prints a fresh access token, or a narrower one that it is exchanged for, to stdout and nothing else. */
export async function token(options: TokenOptions, surroundings: Surroundings): Promise<void> {
  const asked = options.proof === undefined ? undefined : requestOf(options.proof)
  const narrowing = narrowingOf(options)
  const store = tokenStore(options, surroundings)
  const saved = await findSaved(options, store)
  const screen = new Screen(surroundings.stderr, surroundings)
  const connection = await connect(saved.owner.issuer, options, surroundings, screen)
  const own = await freshToken(saved, options, store, connection, screen)
  const printed = narrowing === undefined ? own : await narrowToken(own, narrowing, saved.owner, connection)
  const { accessToken, tokenType, expiresAt, scope } = printed
  if (!isVisible(accessToken)) throw unfit('The access token contains characters that are not allowed in a header.')
  if (options.json) {
    const details = {
      token_type: /^bearer$/i.test(tokenType) ? 'Bearer' : tokenType,
      expires_at: instant(expiresAt),
      scope,
    }
    surroundings.stdout.write(jsonLine({ access_token: accessToken, ...details }))
    return
  }
  if (asked !== undefined) {
    const headers = await requestHeaders(printed, asked.method, asked.url)
    if (headers === undefined) throw unfitType(tokenType)
    for (const [name, value] of Object.entries(headers)) surroundings.stdout.write(`${name}: ${value}\n`)
    return
  }
  if (options.header && printed.dpop !== undefined)
    throw usageError(
      'The token is bound to a key, so each request needs a proof beside the header Authorization.',
      "Pass the request: --proof 'GET https://api.example.com/me'",
    )
  const authorization = authorizationOf(printed)
  if (options.header && authorization === undefined) throw unfitType(tokenType)
  surroundings.stdout.write(options.header ? `Authorization: ${authorization}\n` : `${accessToken}\n`)
}

/** The narrower token that the options ask for; `undefined` if they ask for none. An empty one would be the whole token. */
function narrowingOf({ narrow, resource, audience }: TokenOptions): Narrowing | undefined {
  const scope = scopeOf({ ...(narrow === undefined ? {} : { scope: narrow }) })
  if (narrow !== undefined && scope === undefined) throw emptyValue('--narrow')
  for (const [name, values] of [
    ['--resource', resource],
    ['--audience', audience],
  ] as const)
    if (values?.some((value) => value.trim() === '') === true) throw emptyValue(name)
  return [scope, resource, audience].every((one) => one === undefined) ? undefined : { scope, resource, audience }
}

function emptyValue(name: string): CliError {
  return usageError(`${name} is empty.`, 'Give it a value, or leave it out.')
}

/** The method and the URL of `--proof`. */
function requestOf(proof: string): { readonly method: string; readonly url: string } {
  const [method = '', url = '', ...more] = proof.split(' ')
  if (/^[A-Z]+$/.test(method) && /^https?:/.test(url) && URL.canParse(url) && more.length === 0) return { method, url }
  throw usageError(
    '--proof must be a method and a URL with a space between them.',
    "An example: --proof 'GET https://api.example.com/me'",
  )
}

function unfitType(tokenType: string): CliError {
  return unfit(`The token type is ${plain(tokenType, 100)}; device-auth makes headers only for Bearer and DPoP.`)
}

function unfit(message: string): CliError {
  const hint = 'This is a fault of the server. Report it to its operators.'
  return new CliError(exitCodes.failed, message, { error: 'invalid_token', hint })
}
