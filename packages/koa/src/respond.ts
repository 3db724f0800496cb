import type { OAuthResponse } from '@device-auth/core'
import type { Context } from 'koa'

/**
 * Sets a response in Koa's way, so that middleware in front sees status, headers and body and may add to them. The headers go
 * to Node's response in one pass, where Koa keeps them: each of its own setters checks first what has been checked here.
 */
export function respond({ res, response }: Context, { status, headers, body }: OAuthResponse): void {
  if (res.headersSent) return
  for (const name in headers) {
    const value = headers[name]
    // Koa itself counts the body
    if (value === undefined || name === 'content-length') continue
    const sent = typeof value === 'string' ? value : [...value]
    if (name === 'set-cookie') res.appendHeader(name, sent)
    else res.setHeader(name, sent)
  }
  response.status = status
  response.body = body
  // Koa has guessed one from the body
  if (headers['content-type'] === undefined) response.remove('content-type')
}
