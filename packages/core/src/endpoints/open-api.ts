import { DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE } from '../protocol.ts'

/** A JSON schema, as far as forms and answers here need one. */
export interface OpenApiSchema {
  readonly type: 'object' | 'string' | 'integer' | 'boolean'
  readonly description?: string
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, OpenApiSchema>>
  readonly required?: readonly string[]
}

type Content = Readonly<Record<string, { readonly schema: OpenApiSchema }>>

/** An operation of OpenAPI 3; the adapter that shows it knows its path and names it. */
export interface OpenApiOperation {
  readonly method: 'get' | 'post'
  readonly summary: string
  readonly requestBody?: { readonly required: true; readonly content: Content }
  readonly responses: Readonly<Record<number, { readonly description: string; readonly content?: Content }>>
}

const text = (description: string): OpenApiSchema => ({ type: 'string', description })
const seconds = (description: string): OpenApiSchema => ({ type: 'integer', description })

function json(properties: Readonly<Record<string, OpenApiSchema>>, required: readonly string[] = []): Content {
  return { 'application/json': { schema: { type: 'object', properties, required } } }
}

const error = json(
  {
    error: text('A code of RFC 6749 section 5.2 or RFC 8628 section 3.5.'),
    error_description: text('For developers.'),
  },
  ['error'],
)
const failures = {
  400: { description: 'The error says what is wrong.', content: error },
  401: { description: 'The client is not authenticated.', content: error },
  503: { description: 'The server can do better after Retry-After seconds.', content: error },
}

function form(
  summary: string,
  [own, required]: readonly [Readonly<Record<string, OpenApiSchema>>, readonly string[]],
  answer: { readonly description: string; readonly content?: Content },
): OpenApiOperation {
  const properties = {
    ...own,
    client_id: text('Unless the Authorization header names the client.'),
    client_secret: text('Only of a client that is registered for client_secret_post.'),
  }
  const content = { 'application/x-www-form-urlencoded': { schema: { type: 'object', properties, required } } } as const
  return { method: 'post', summary, requestBody: { required: true, content }, responses: { 200: answer, ...failures } }
}

/** The parameters of RFC 8707 and RFC 9396. */
const target = {
  resource: text('The address of an API that the tokens are for. It may be repeated.'),
  authorization_details: text('What is asked for in detail: a JSON list of objects with a type.'),
}

const codes = json(
  {
    device_code: text('The secret that the device polls with.'),
    user_code: text('The code that the device shows to the user.'),
    verification_uri: text('The page where the user types the code.'),
    verification_uri_complete: text('The same page with the code in the address, for a QR code.'),
    expires_in: seconds('Lifetime of both codes in seconds.'),
    interval: seconds('Shortest time between two polls in seconds.'),
  },
  ['device_code', 'user_code', 'verification_uri', 'expires_in', 'interval'],
)
const tokens = json(
  {
    access_token: text('For the Authorization header.'),
    token_type: text('Bearer.'),
    expires_in: seconds('Seconds that the access token lives.'),
    refresh_token: text('For one refresh.'),
    refresh_token_expires_in: seconds('Seconds in which it has to be used.'),
    scope: text('What was granted, space-delimited.'),
  },
  ['access_token', 'token_type', 'expires_in', 'scope'],
)
const claims = json(
  {
    active: { type: 'boolean', description: 'Whether the token is good; false comes alone.' },
    sub: text('The user.'),
    client_id: text('The client that it was issued to.'),
    scope: text('Space-delimited.'),
    aud: text('The API that it is for; a list if there are several.'),
    exp: seconds('Epoch seconds at which it ends.'),
  },
  ['active'],
)
const token = [{ token: text('An access or refresh token.'), token_type_hint: text('Optional.') }, ['token']] as const

/**
 * The OpenAPI operations of the endpoints that are an API, by name. The pages have none.
 * @see {@link https://spec.openapis.org/oas/v3.0.3#operation-object OpenAPI 3.0, operation object}
 */
export const openApiOperations: Readonly<Record<string, OpenApiOperation>> = {
  deviceAuthorization: form(
    'A device asks for a code to show (RFC 8628 section 3.1)',
    [
      {
        scope: text('What is asked for, space-delimited.'),
        device_name: text('What the user calls the device.'),
        ...target,
        acr_values: text('The classes of which the log-in of the user must have one, space-delimited.'),
        max_age: seconds('The most seconds since the log-in of the user.'),
      },
      [],
    ],
    { description: 'The codes.', content: codes },
  ),
  token: form(
    'A device asks whether its user has answered, or refreshes its tokens (RFC 8628 section 3.4, RFC 6749 section 6)',
    [
      {
        grant_type: { type: 'string', enum: [DEVICE_CODE_GRANT_TYPE, REFRESH_TOKEN_GRANT_TYPE] },
        device_code: text('For the first grant type.'),
        refresh_token: text('For the second.'),
        ...target,
      },
      ['grant_type'],
    ],
    { description: 'The tokens.', content: tokens },
  ),
  revocation: form('A device signs out (RFC 7009)', token, { description: 'The token is good no more.' }),
  introspection: form('An API asks about a token (RFC 7662)', token, {
    description: 'What the token says.',
    content: claims,
  }),
  metadata: {
    method: 'get',
    summary: 'Where the endpoints are, and what they can do (RFC 8414)',
    responses: { 200: { description: 'The metadata.', content: json({ issuer: text('The server.') }, ['issuer']) } },
  },
}
