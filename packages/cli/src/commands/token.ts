import { CliError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import type { ServerOptions } from '../options.ts'
import { freshToken } from '../saved/fresh-token.ts'
import { findSaved } from '../saved/saved.ts'
import { tokenStore } from '../saved/token-store.ts'
import { connect } from '../server/connection.ts'
import { jsonLine } from '../terminal/plain-text.ts'
import { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { instant } from '../terminal/time.ts'

export interface TokenOptions extends ServerOptions {
  readonly header?: boolean
}

/** `token`: a fresh access token, alone on stdout. */
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
    const about = { token_type: type, expires_at: instant(expiresAt), scope }
    surroundings.stdout.write(jsonLine({ access_token: accessToken, ...about }))
  } else surroundings.stdout.write(options.header ? `Authorization: ${type} ${accessToken}\n` : `${accessToken}\n`)
}

/** RFC 6749 appendix A.12: visible ASCII. Anything else would be obeyed by a terminal or break a header. */
function refuseUnprintable(accessToken: string): void {
  if (/^[\x20-\x7e]+$/.test(accessToken)) return
  const message = 'The access token holds characters that no header can carry.'
  throw new CliError(exitCodes.failed, message, {
    error: 'invalid_token',
    hint: 'The server is at fault: tell its operators.',
  })
}
