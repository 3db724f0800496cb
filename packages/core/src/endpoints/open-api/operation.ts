import type { OpenApiOperation, OpenApiParameter, OpenApiResponse } from '../../contract/open-api.ts'
import { content, failure, type Members, text } from './schemas.ts'

/** An operation without what its endpoint gives it. */
export type Described = Omit<OpenApiOperation, 'operationId' | 'tags'>

/** The security schemes that operations name. */
export const securitySchemes = {
  client: { type: 'http', scheme: 'basic', description: 'The id and the secret of the client.' },
  bearer: { type: 'http', scheme: 'bearer', description: 'The token that the operation names.' },
} as const

export const unavailable = failure('The server can do better after Retry-After seconds.')

const failures = {
  400: failure('The error says what is wrong.'),
  401: failure('The client is not authenticated.'),
  503: unavailable,
}

/** A form of a client, which authenticates itself. */
export function clientForm(summary: string, [own, required]: Members, answer: OpenApiResponse): Described {
  const properties = {
    ...own,
    client_id: text('Unless the Authorization header names the client.'),
    client_secret: text('Only of a client that is registered for client_secret_post.'),
  }
  return {
    summary,
    security: [{ client: [] }, {}],
    requestBody: { required: true, content: content('application/x-www-form-urlencoded', [properties, required]) },
    responses: { 200: answer, ...failures },
  }
}

/** An operation with a bearer token. */
export function withBearer(
  summary: string,
  responses: OpenApiOperation['responses'],
  more: Pick<OpenApiOperation, 'parameters' | 'requestBody'> = {},
): Described {
  return {
    summary,
    security: [{ bearer: [] }],
    ...more,
    responses: { ...responses, 401: failure('The token is missing or wrong.'), 503: unavailable },
  }
}

/** A query parameter that has to be there. */
export function query(name: string, description: string): OpenApiParameter {
  return { name, in: 'query', required: true, description, schema: { type: 'string' } }
}
