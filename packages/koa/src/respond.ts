import type { OAuthResponse } from '@device-auth/core'
import { writeResponse } from '@device-auth/core/node'
import type { Context } from 'koa'

/** Answers in Koa's way, so that middleware in front sees status, headers and body, and may still add to them. */
export function respond(ctx: Context, response: OAuthResponse): void {
  const { status, headers, body } = response
  if (ctx.headerSent) return
  if (status === 413) {
    // its sender is still sending, and has to be heard to the end to read the answer
    ctx.respond = false
    writeResponse(ctx.res, response)
    return
  }
  ctx.status = status
  ctx.body = body
  // Koa has guessed one from the body
  if (headers['content-type'] === undefined) ctx.remove('content-type')
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'set-cookie') ctx.append(name, [...(typeof value === 'string' ? [value] : value)])
    else ctx.set(name, typeof value === 'string' ? value : [...value])
  }
}
