import { CliError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import type { ServerOptions } from '../options.ts'
import { freshToken } from '../saved/fresh-token.ts'
import { findSaved } from '../saved/sign-ins.ts'
import { tokenStore } from '../saved/token-store.ts'
import { authorizationOf, isVisible } from '../server/authorization.ts'
import { connect } from '../server/connection.ts'
import { jsonLine, plain } from '../terminal/plain-text.ts'
import { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { instant } from '../terminal/time.ts'

/** Options of `token`. */
export interface TokenOptions extends ServerOptions {
  readonly header?: boolean
}

/** `token`: prints a fresh access token to stdout and nothing else. */
export async function token(options: TokenOptions, surroundings: Surroundings): Promise<void> {
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
  const authorization = authorizationOf(fresh)
  if (options.header && authorization === undefined)
    throw unfit(`The token type is ${plain(tokenType, 100)}; device-auth makes a header only for Bearer.`)
  surroundings.stdout.write(options.header ? `Authorization: ${authorization}\n` : `${accessToken}\n`)
}

function unfit(message: string): CliError {
  const hint = 'This is a fault of the server. Report it to its operators.'
  return new CliError(exitCodes.failed, message, { error: 'invalid_token', hint })
}
