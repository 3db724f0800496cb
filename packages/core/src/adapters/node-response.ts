import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { OAuthResponse } from '../http.ts'

/**
 * Writes a response. Does nothing if another one has been written, or if the client has gone. Cookies are added to
 * those that the application has set.
 */
export function writeResponse(res: ServerResponse, { status, headers, body }: OAuthResponse): void {
  try {
    if (headers['set-cookie'] === undefined) res.writeHead(status, headers as OutgoingHttpHeaders)
    else writeWithCookies(res, status, headers)
  } catch (error) {
    // checked only after a failure, because under Express each access to a response costs a microsecond
    if (res.headersSent) return
    throw error
  }
  if (status === 413 && !res.req.complete) endWhenReceived(res, body)
  else res.end(body)
}

/** `writeHead` alone would replace the cookies of the application. */
function writeWithCookies(res: ServerResponse, status: number, headers: OAuthResponse['headers']): void {
  const { 'set-cookie': cookies = [], ...rest } = headers
  if (!res.headersSent) for (const cookie of [cookies].flat()) res.appendHeader('set-cookie', cookie)
  res.writeHead(status, rest as OutgoingHttpHeaders)
}

/** Bytes of a refused body that are read and dropped, so that its sender can read the response. */
const MAX_DROPPED = 4 * 1024 * 1024

/**
 * Ends a response while its client is still sending: the rest of the body is read first. To close a connection with
 * unread bytes would reset it, and the client would lose the response.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9112#section-9.6 RFC 9112 section 9.6}
 */
function endWhenReceived(res: ServerResponse, body: string): void {
  res.write(body)
  let dropped = 0
  const end = (): void => void res.end()
  res.req.on('data', (chunk: Buffer | string) => {
    dropped += chunk.length
    if (dropped > MAX_DROPPED) end()
  })
  res.req.on('end', end)
  res.req.on('close', end)
  res.req.on('error', end)
  res.req.resume()
}
