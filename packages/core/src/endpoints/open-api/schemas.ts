import type { OpenApiContent, OpenApiResponse, OpenApiSchema } from '../../contract/open-api.ts'

/** Named schemas, and the names of those that have to be there. */
export type Members = readonly [
  properties: Readonly<Record<string, OpenApiSchema>>,
  required?: readonly string[] | undefined,
]

export const text = (description: string): OpenApiSchema => ({ type: 'string', description })
export const seconds = (description: string): OpenApiSchema => ({ type: 'integer', description })
export const texts = (description: string): OpenApiSchema => ({ type: 'array', items: { type: 'string' }, description })
export const object = (description: string): OpenApiSchema => ({ type: 'object', description })

/** A body with these members. */
export function content(mediaType: string, [properties, required = []]: Members): OpenApiContent {
  return { [mediaType]: { schema: { type: 'object', properties, ...(required.length > 0 && { required }) } } }
}

export function json(...members: Members): OpenApiContent {
  return content('application/json', members)
}

const error = json(
  {
    error: text('A code of RFC 6749 section 5.2, RFC 8628 section 3.5, or of the RFC of the endpoint.'),
    error_description: text('For developers.'),
  },
  ['error'],
)

/** An answer with an error. */
export function failure(description: string): OpenApiResponse {
  return { description, content: error }
}
