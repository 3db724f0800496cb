import { CliError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import type { ServerOptions } from '../options.ts'
import { freshToken } from '../saved/fresh-token.ts'
import { findSaved } from '../saved/sign-ins.ts'
import { tokenStore } from '../saved/token-store.ts'
import { connect } from '../server/connection.ts'
import { jsonLine } from '../terminal/plain-text.ts'
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
  const connection = await connect(
    saved.owner.issuer,
    options,
    surroundings,
    new Screen(surroundings.stderr, surroundings),
  )
  const { accessToken, tokenType, expiresAt, scope } = await freshToken(saved, options, store, connection)
  refuseUnprintable(accessToken)
  const type = /^bearer$/i.test(tokenType) ? 'Bearer' : tokenType
  if (options.json) {
    const details = { token_type: type, expires_at: instant(expiresAt), scope }
    surroundings.stdout.write(jsonLine({ access_token: accessToken, ...details }))
  } else surroundings.stdout.write(options.header ? `Authorization: ${type} ${accessToken}\n` : `${accessToken}\n`)
}

/**
 * Throws if the token contains anything but visible ASCII, which could control the terminal or break a header.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#appendix-A.12 RFC 6749 appendix A.12}
 */
function refuseUnprintable(accessToken: string): void {
  if (/^[\x20-\x7e]+$/.test(accessToken)) return
  const message = 'The access token contains characters that are not allowed in a header.'
  throw new CliError(exitCodes.failed, message, {
    error: 'invalid_token',
    hint: 'This is a fault of the server. Report it to its operators.',
  })
}
