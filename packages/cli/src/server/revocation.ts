import { type RevokeTokenResult, revokeToken, type StoredToken } from '@device-auth/client'
import { type Connection, requestOptions } from './connection.ts'

/**
 * Revokes the tokens of a sign-in: the refresh token, if there is one, and the access token.
 *
 * @param address - The revocation endpoint.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2 RFC 7009 section 2}
 */
export async function revokeTokens(
  address: string,
  clientId: string,
  { accessToken, refreshToken }: StoredToken,
  connection: Connection,
): Promise<RevokeTokenResult> {
  const send = (token: string, tokenTypeHint: string): Promise<RevokeTokenResult> =>
    revokeToken(
      { address, clientId, authentication: connection.authentication, token, tokenTypeHint },
      requestOptions(connection),
    )
  if (refreshToken === undefined) return send(accessToken, 'access_token')
  const first = await send(refreshToken, 'refresh_token')
  // RFC 7009 section 2.1: that the server also ends the access tokens is only a SHOULD
  if (first.ok) await send(accessToken, 'access_token')
  return first
}
