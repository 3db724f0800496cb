import type { OAuthResponse } from '@device-auth/core'
import type { FastifyReply } from 'fastify'

/** Sends a response in Fastify's way, so that `onSend` hooks see status, headers and body. */
export function respond(reply: FastifyReply, { status, headers, body }: OAuthResponse): FastifyReply {
  return reply
    .code(status)
    .headers(headers)
    .send(body === '' ? undefined : body)
}
