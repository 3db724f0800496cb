import type { OAuthResponse } from '@device-auth/core'
import type { FastifyReply } from 'fastify'

/** Sends a response in Fastify's way, so that `onSend` hooks see status, headers and body. */
export function respond(reply: FastifyReply, { status, headers, body }: OAuthResponse): FastifyReply {
  reply.code(status)
  for (const [name, value] of Object.entries(headers)) reply.header(name, value)
  return reply.send(body === '' ? undefined : body)
}
