import type { OAuthResponse } from '@device-auth/core'
import type { Context } from 'koa'

/** Sets a response in Koa's way, so that middleware in front sees status, headers and body and may add to them. */
export function respond(ctx: Context, { status, headers, body }: OAuthResponse): void {
  if (ctx.headerSent) return
  ctx.status = status
  ctx.body = body
  // Koa has guessed one from the body
  if (headers['content-type'] === undefined) ctx.remove('content-type')
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'set-cookie') ctx.append(name, [...(typeof value === 'string' ? [value] : value)])
    else ctx.set(name, typeof value === 'string' ? value : [...value])
  }
}
