import type { OpenApiMethod } from '../../contract/open-api.ts'
import { type Described, query, withBearer } from './operation.ts'
import { failure, json, seconds, text, texts } from './schemas.ts'

const metadata = {
  client_name: text('The name that users see.'),
  scope: text('The scopes that the client may ask for, space-delimited.'),
  grant_types: texts('The grant types that it uses.'),
  token_endpoint_auth_method: text('The method of its authentication.'),
  logo_uri: text('The https address of its logo.'),
  policy_uri: text('The https address of its privacy policy.'),
  tos_uri: text('The https address of its terms.'),
  jwks_uri: text('The https address of its public keys.'),
  jwks: { type: 'object', description: 'Its public keys, in place of jwks_uri.' },
  software_statement: text('Metadata that its maker has signed (RFC 7591 section 2.3).'),
} as const

const information = json(
  {
    ...metadata,
    client_id: text('The id of the client.'),
    client_secret: text('Its secret, at the time when it is made.'),
    client_id_issued_at: seconds('Epoch seconds.'),
    client_secret_expires_at: seconds('0: never. Beside client_secret.'),
    registration_access_token: text('The token that manages the registration.'),
    registration_client_uri: text('The address of the registration.'),
  },
  ['client_id', 'client_id_issued_at', 'registration_access_token', 'registration_client_uri'],
)

const unacceptable = failure('The metadata cannot be taken; the error says why.')
const own = { parameters: [query('client_id', 'The client, as in its registration_client_uri.')] }

/**
 * The operations of a registration.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-3 RFC 7591 section 3}
 * @see {@link https://www.rfc-editor.org/rfc/rfc7592#section-2 RFC 7592 section 2}
 */
export const managementOperations: Readonly<Record<OpenApiMethod, Described>> = {
  post: withBearer(
    'A client registers itself, with an initial access token (RFC 7591 section 3)',
    {
      201: { description: 'The client.', content: information },
      400: unacceptable,
      429: failure('Too many clients were registered in this hour.'),
    },
    { requestBody: { required: true, content: json(metadata) } },
  ),
  get: withBearer(
    'A client reads its registration, with its registration access token (RFC 7592 section 2.1)',
    { 200: { description: 'The client.', content: information } },
    own,
  ),
  put: withBearer(
    'A client replaces its registration (RFC 7592 section 2.2)',
    {
      200: { description: 'The client.', content: information },
      400: unacceptable,
      409: failure('Another change was faster.'),
    },
    {
      ...own,
      requestBody: {
        required: true,
        content: json({ ...metadata, client_id: text('The client.'), client_secret: text('Its secret.') }, [
          'client_id',
        ]),
      },
    },
  ),
  delete: withBearer(
    'A client removes its registration (RFC 7592 section 2.3)',
    { 204: { description: 'The client and its sign-ins are gone.' } },
    own,
  ),
}
