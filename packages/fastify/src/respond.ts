import type { OAuthResponse } from '@device-auth/core'
import { writeResponse } from '@device-auth/core/node'
import type { FastifyReply } from 'fastify'

/** Answers in Fastify's way, so that `onSend` hooks see status, headers and body. */
export function respond(reply: FastifyReply, response: OAuthResponse): FastifyReply {
  const { status, headers, body } = response
  if (status === 413) {
    // its sender is still sending, and has to be heard to the end to read the answer
    reply.hijack()
    writeResponse(reply.raw, response)
    return reply
  }
  reply.code(status)
  for (const [name, value] of Object.entries(headers)) reply.header(name, value)
  return reply.send(body === '' ? undefined : body)
}
