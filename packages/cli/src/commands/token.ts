import { CliError, usageError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import type { ServerOptions } from '../options.ts'
import { freshToken } from '../saved/fresh-token.ts'
import { findSaved } from '../saved/sign-ins.ts'
import { tokenStore } from '../saved/token-store.ts'
import { authorizationOf, isVisible, requestHeaders } from '../server/authorization.ts'
import { connect } from '../server/connection.ts'
import { jsonLine, plain } from '../terminal/plain-text.ts'
import { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { instant } from '../terminal/time.ts'

/** Options of `token`. */
export interface TokenOptions extends ServerOptions {
  readonly header?: boolean
  /** Method and URL of the request that the headers are for. */
  readonly proof?: string
}

/** `token`: prints a fresh access token to stdout and nothing else. */
export async function token(options: TokenOptions, surroundings: Surroundings): Promise<void> {
  const asked = options.proof === undefined ? undefined : requestOf(options.proof)
  const store = tokenStore(options)
  const saved = await findSaved(options, store)
  const screen = new Screen(surroundings.stderr, surroundings)
  const connection = await connect(saved.owner.issuer, options, surroundings, screen)
  const fresh = await freshToken(saved, options, store, connection, screen)
  const { accessToken, tokenType, expiresAt, scope } = fresh
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
    const headers = await requestHeaders(fresh, asked.method, asked.url)
    if (headers === undefined) throw unfitType(tokenType)
    for (const [name, value] of Object.entries(headers)) surroundings.stdout.write(`${name}: ${value}\n`)
    return
  }
  if (options.header && fresh.dpop !== undefined)
    throw usageError(
      'The token is bound to a key, so each request needs a proof beside the header Authorization.',
      "Pass the request: --proof 'GET https://api.example.com/me'",
    )
  const authorization = authorizationOf(fresh)
  if (options.header && authorization === undefined) throw unfitType(tokenType)
  surroundings.stdout.write(options.header ? `Authorization: ${authorization}\n` : `${accessToken}\n`)
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
