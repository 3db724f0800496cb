import type { OAuthResponse } from '@device-auth/core'
import type { FastifyReply } from 'fastify'

/** Sends a response in Fastify's way, so that `onSend` hooks see status, headers and body. */
export function respond(reply: FastifyReply, { status, headers, body }: OAuthResponse): FastifyReply {
  for (const name in headers) reply.header(name, headers[name])
  return reply
    .code(status)
    .serializer(asItIs)
    .send(body === '' ? undefined : body)
}

/** Without a serializer Fastify reads the content type of a text and adds a charset to it. */
const asItIs = (body: unknown): string => String(body)
