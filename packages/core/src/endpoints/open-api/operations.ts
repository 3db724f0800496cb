import type { OpenApiMethod } from '../../contract/open-api.ts'
import type { Paths } from '../../contract/paths.ts'
import { clientForm, type Described, query, unavailable, withBearer } from './operation.ts'
import { managementOperations } from './registration.ts'
import { content, failure, json, object, seconds, text, texts } from './schemas.ts'

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
    token_type: text('Bearer, or DPoP for a token that is bound to a key.'),
    expires_in: seconds('Seconds that the access token lives.'),
    refresh_token: text('For one refresh.'),
    refresh_token_expires_in: seconds('Seconds in which it has to be used.'),
    scope: text('What was granted, space-delimited.'),
    id_token: text('Who the user is, with the scope openid.'),
    issued_token_type: text('The type of the token, after a token exchange.'),
  },
  ['access_token', 'token_type', 'expires_in', 'scope'],
)
const claims = json(
  {
    active: { type: 'boolean', description: 'True if the token is good; false comes alone.' },
    sub: text('The user.'),
    client_id: text('The client that it was issued to.'),
    scope: text('Space-delimited.'),
    aud: text('The API that it is for; a list if there are several.'),
    exp: seconds('Epoch seconds at which it ends.'),
  },
  ['active'],
)
const token = [{ token: text('An access or refresh token.'), token_type_hint: text('Optional.') }, ['token']] as const

const metadata: Described = {
  summary: 'Where the endpoints are, and what they can do (RFC 8414)',
  responses: { 200: { description: 'The metadata.', content: json({ issuer: text('The server.') }, ['issuer']) } },
}

const userinfo = withBearer(
  'An application asks who the user of an access token is (OpenID Connect Core section 5.3)',
  {
    200: { description: 'The claims about the user.', content: json({ sub: text('The user.') }, ['sub']) },
    403: failure('The token does not have the scope openid.'),
  },
)

const page = json({ page: text('The name of the page. Its other members are what the page shows.') }, ['page'])

/** A request of a page of the application, with the cookies of its user. */
function pageRequest(summary: string, members: Parameters<typeof json>): Described {
  return {
    summary,
    requestBody: { required: true, content: json(...members) },
    responses: {
      200: { description: 'A page as data.', content: page },
      400: { description: 'A page as data, with what is wrong.', content: page },
      401: { description: 'Nobody is signed in.', content: page },
      403: { description: 'The request comes from a page of another origin.', content: page },
      429: { description: 'Too many attempts.', content: page },
      503: unavailable,
    },
  }
}

/** The endpoints through which other systems end sign-ins. */
const signalOperations = {
  globalTokenRevocation: {
    post: withBearer(
      'Another system ends all sign-ins of a user (draft-parecki-oauth-global-token-revocation)',
      {
        204: { description: 'The sign-ins have ended.' },
        400: failure('The body has no subject identifier.'),
        404: failure('There is no such user.'),
      },
      { requestBody: { required: true, content: json({ sub_id: object('The user (RFC 9493).') }, ['sub_id']) } },
    ),
  },
  securityEvents: {
    post: {
      summary: 'Another system pushes a security event token (RFC 8935)',
      requestBody: {
        required: true,
        content: { 'application/secevent+jwt': { schema: text('A signed security event token (RFC 8417).') } },
      },
      responses: {
        202: { description: 'The event is accepted.' },
        400: {
          description: 'The event is refused.',
          content: json({ err: text('A code of RFC 8935 section 2.4.'), description: text('For developers.') }, [
            'err',
          ]),
        },
        503: unavailable,
      },
    },
  },
} satisfies Operations

/** Operations of endpoints, by their names and methods. */
type Operations = Partial<Record<keyof Paths, Partial<Record<OpenApiMethod, Described>>>>

/** The endpoints that devices and APIs call. */
const clientOperations = {
  deviceAuthorization: {
    post: clientForm(
      'A device asks for a code to show (RFC 8628 section 3.1)',
      [
        {
          scope: text('What is asked for, space-delimited.'),
          device_name: text('What the user calls the device.'),
          ...target,
          acr_values: text('The classes of which the log-in of the user must have one, space-delimited.'),
          max_age: seconds('The most seconds since the log-in of the user.'),
        },
      ],
      { description: 'The codes.', content: codes },
    ),
  },
  revocation: {
    post: clientForm('A device signs out (RFC 7009)', token, { description: 'The token is good no more.' }),
  },
  introspection: {
    post: clientForm('An API asks about a token (RFC 7662)', token, {
      description: 'What the token says.',
      content: claims,
    }),
  },
  decisionEvents: {
    get: {
      summary: 'A device that is a web page waits for the decision of its user (server-sent events)',
      parameters: [query('id', 'The SHA-256 hash of the device code in base64url.')],
      responses: {
        200: {
          description: 'The event `decision`, or the time after which to ask again.',
          content: { 'text/event-stream': { schema: text('Server-sent events.') } },
        },
        204: { description: 'There is nothing more to hear.' },
        400: failure('The id is missing.'),
        503: unavailable,
      },
    },
  },
} satisfies Operations

/** The documents that everybody may read. */
const publicOperations = {
  metadata: { get: metadata },
  openidConfiguration: { get: metadata },
  jwks: {
    get: {
      summary: 'The public keys of tokens (RFC 7517)',
      responses: {
        200: {
          description: 'The keys.',
          content: content('application/jwk-set+json', [
            { keys: { ...texts('JSON Web Keys.'), items: { type: 'object' } } },
            ['keys'],
          ]),
        },
      },
    },
  },
} satisfies Operations

/** The endpoints for pages of the application. */
const pageOperations = {
  present: {
    post: pageRequest('A page of the application shows a request to its user', [
      { user_code: text('The code that the user has typed.'), id: text('The id of a request, in its place.') },
    ]),
  },
  decide: {
    post: pageRequest('A page of the application passes on the decision of its user', [
      {
        handle: text('From the page that was shown.'),
        action: { type: 'string', enum: ['approve', 'deny'] },
        own_device: { type: 'string', enum: ['yes'], description: 'The user has the device at hand.' },
        proof: text('What the option `approval` asks for.'),
        scope: text('The scopes that the user grants, space-delimited.'),
      },
      ['handle', 'action'],
    ]),
  },
} satisfies Operations

/**
 * The operations of the endpoints that are an API, by name and method.
 *
 * @param grantTypes - The grant types of the token endpoint.
 */
export function operationsOf(grantTypes: readonly string[]): Operations {
  return {
    token: { post: tokenOperation(grantTypes) },
    ...clientOperations,
    ...publicOperations,
    ...pageOperations,
    ...signalOperations,
    userinfo: { get: userinfo, post: userinfo },
    registration: managementOperations,
  }
}

function tokenOperation(grantTypes: readonly string[]): Described {
  return clientForm(
    'A device asks whether its user has answered, refreshes its tokens, or gets a narrower one (RFC 8628 section 3.4, RFC 6749 section 6, RFC 8693)',
    [
      {
        grant_type: { type: 'string', enum: grantTypes },
        device_code: text('For the grant type device_code.'),
        refresh_token: text('For the grant type refresh_token.'),
        scope: text('For a refresh and an exchange: some of the scopes, space-delimited.'),
        subject_token: text('For the grant type token-exchange: an access token of the client.'),
        subject_token_type: text('For the grant type token-exchange: urn:ietf:params:oauth:token-type:access_token.'),
        ...target,
      },
      ['grant_type'],
    ],
    { description: 'The tokens.', content: tokens },
  )
}
