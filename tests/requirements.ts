/** A party that has to meet a requirement: the server, its page, a device client, a resource server, an operator. */
type Party = 'server' | 'page' | 'client' | 'resource server' | 'operator'

/** One requirement. The tests whose names begin with its id cover it. */
export interface Requirement {
  readonly id: string
  readonly source: string
  readonly level: string
  readonly binds: readonly Party[]
  readonly requirement: string
  /** The reason why no test of this repository covers it. */
  readonly notApplicable?: string
  /** The reason why an open requirement is not covered yet. */
  readonly note?: string
}

/**
 * A requirement as the tables below write it. Its id begins with the prefix of its table: `3.5-2` of RFC 8628 is `8628-3.5-2`. `binds` has
 * a letter of {@link parties} for each party: `SP` is the server and its page.
 */
type Row = readonly [id: string, level: string, binds: string, requirement: string, more?: Partial<Requirement>]

const parties: Readonly<Record<string, Party>> = {
  S: 'server',
  P: 'page',
  C: 'client',
  R: 'resource server',
  O: 'operator',
}

/** The reason why a requirement does not apply here: it binds neither the server, the page nor a resource server. */
function boundElsewhere(binds: readonly Party[]): Partial<Requirement> {
  if (binds.some((party) => party !== 'client' && party !== 'operator')) return {}
  if (binds.includes('client')) return { notApplicable: 'binds the application on the device' }
  if (binds.includes('operator')) return { notApplicable: 'binds the operator' }
  return { notApplicable: 'informative' }
}

function rows(source: string, prefix: string, list: readonly Row[]): readonly Requirement[] {
  return list.map(([id, level, letters, requirement, more]) => {
    const binds = [...letters].flatMap((letter) => parties[letter] ?? [])
    return { id: `${prefix}-${id}`, source, level, binds, requirement, ...boundElsewhere(binds), ...more }
  })
}

const na = (notApplicable: string): Partial<Requirement> => ({ notApplicable })
const note = (text: string): Partial<Requirement> => ({ note: text })

const rfc8628 = rows('RFC 8628', '8628', [
  [
    '1-1',
    'note',
    'O',
    'The flow is for devices without a browser or a keyboard. It does not replace other flows on other devices.',
  ],
  ['3.1-1', 'MUST', 'S', 'Device authorization has its own endpoint, which accepts only POST; other methods get 405.'],
  ['3.1-2', 'MUST', 'S', 'The body is a UTF-8 urlencoded form; other media types are refused.'],
  ['3.1-3', 'REQUIRED', 'S', 'A client that does not authenticate has to send client_id.'],
  ['3.1-4', 'OPTIONAL', 'S', 'Without a scope, a default applies that is fixed when the codes are issued.'],
  ['3.1-5', 'MUST', 'SC', 'Only TLS: an http issuer that is not on loopback is refused at construction.'],
  ['3.1-6', 'MUST', 'S', 'An empty parameter counts as absent.'],
  ['3.1-7', 'MUST', 'S', 'Unknown parameters are ignored.'],
  ['3.1-8', 'MUST NOT', 'SC', 'A request with a repeated parameter is refused, and creates and uses up nothing.'],
  ['3.1-9', 'MUST NOT', 'S', 'No member occurs twice in a JSON answer.'],
  ['3.1-10', 'MUST', 'S', 'Clients authenticate here as they do at the token endpoint.'],
  ['3.1-11', 'MUST', 'S', 'A public client identifies itself by client_id.'],
  ['3.1-12', 'SHOULD', 'C', 'A device starts the flow only when its user asks for it.'],
  [
    '3.2-1',
    'MUST',
    'S',
    'Codes are unique among those that are valid, and expire; after a collision a new code is generated and nothing is overwritten.',
  ],
  ['3.2-2', 'MUST', 'S', 'A successful response is 200 with application/json.'],
  [
    '3.2-3',
    'REQUIRED',
    'S',
    'device_code, user_code, verification_uri and expires_in are present and have the right types.',
  ],
  ['3.2-4', 'note', 'S', 'verification_uri is short enough to type.'],
  ['3.2-5', 'OPTIONAL', 'S', 'verification_uri_complete contains the code; the member is missing if it is turned off.'],
  ['3.2-6', 'REQUIRED', 'S', 'expires_in applies to both the device code and the user code.'],
  ['3.2-7', 'OPTIONAL', 'SC', 'The server sends the interval; without it clients assume 5 seconds.'],
  ['3.2-8', 'MUST', 'S', 'Errors have the form of RFC 6749 section 5.2.'],
  ['3.3-1', 'note', 'C', 'The device shows code and address, and asks the user to use a second device.'],
  ['3.3-2', 'MUST', 'P', 'Only a signed-in user can decide.'],
  ['3.3-3', 'MUST', 'P', 'The page at verification_uri asks for the code; nothing is approved without it.'],
  ['3.3-4', 'should', 'P', 'The page shows the request and offers approve and deny; GET changes nothing.'],
  ['3.3-5', 'should', 'P', 'The last page sends the user back to the device.'],
  ['3.3-6', 'should', 'CP', 'The device code is never shown.'],
  ['3.3-7', 'NOT RECOMMENDED', 'S', 'verification_uri does not contain a code.'],
  ['3.3-8', 'MAY', 'P', 'A log-in or sign-up on the way keeps the code and does not send it to a third party.'],
  ['3.3.1-1', 'MAY', 'C', 'verification_uri_complete may be shown as a QR code.'],
  ['3.3.1-2', 'RECOMMENDED', 'C', 'verification_uri stays visible beside the QR code.'],
  ['3.3.1-3', 'MUST', 'C', 'The user code stays visible beside the QR code.'],
  ['3.3.1-4', 'MUST', 'P', 'verification_uri_complete leads to the confirm page, and never approves by itself.'],
  ['3.3.1-5', 'SHOULD', 'P', 'The confirm page shows the code and asks to compare it.'],
  ['3.3.1-6', 'should', 'P', 'Both approve and deny are offered.'],
  ['3.4-1', 'MUST', 'S', 'grant_type is exactly the URN.'],
  ['3.4-2', 'REQUIRED', 'S', 'device_code is required.'],
  ['3.4-3', 'REQUIRED', 'S', 'client_id is required unless the client authenticates.'],
  ['3.4-4', 'MUST', 'S', 'A client with credentials has to present them; a failure does not change the code.'],
  ['3.4-5', 'MUST', 'S', 'A code belongs to its client: to another client it looks unknown in every state.'],
  ['3.4-6', 'note', 'S', 'Repeated polling is normal and changes nothing.'],
  ['3.5-1', 'MUST', 'S', 'After approval a poll gets the token response.'],
  ['3.5-2', 'MUST', 'S', 'Before the decision a poll gets authorization_pending, including the first one.'],
  ['3.5-3', 'MUST', 'S', 'slow_down is sent only while the code is pending, and never hides a decision.'],
  ['3.5-4', 'MUST', 'SC', 'Each slow_down adds 5 seconds to the interval of this code, permanently.'],
  ['3.5-5', 'SHOULD', 'C', 'The client keeps polling while the code is pending.'],
  ['3.5-6', 'MUST', 'C', 'The client waits for the interval before each poll.'],
  ['3.5-7', 'MUST', 'S', 'After a denial every poll gets access_denied until the code is deleted.'],
  ['3.5-8', 'MUST', 'S', 'After expiry every poll gets expired_token until the tombstone of the code is deleted.'],
  ['3.5-9', 'MAY/SHOULD', 'C', 'After expiry, the client waits for the user before it sends a new request.'],
  ['3.5-10', 'MUST', 'C', 'Any other error ends the polling.'],
  ['3.5-11', 'MUST', 'C', 'A connection timeout makes the client poll less.'],
  ['3.5-12', 'RECOMMENDED', 'C', 'After connection timeouts, the client backs off exponentially.'],
  ['3.5-13', 'MAY', 'C', 'Another channel may replace polling.'],
  ['4-1', 'MUST', 'S', 'The metadata lists the grant type.'],
  ['4-2', 'OPTIONAL', 'S', 'The metadata has the URL of the endpoint, and the endpoint answers there.'],
  ['5.1-1', 'recommended', 'SP', 'Attempts to guess user codes are limited.'],
  [
    '5.1-2',
    'SHOULD',
    'S',
    'A combination of alphabet, length, lifetime and limits that makes guessing likely is refused at construction.',
  ],
  ['5.2-1', 'SHOULD', 'S', 'A device code has 256 random bits.'],
  ['5.3-1', 'note', 'CO', 'A device authenticates the server, for example by pinning.'],
  [
    '5.4-1',
    'RECOMMENDED',
    'P',
    'The page says that a device is being signed in, and asks the user to check that the device is at hand.',
  ],
  ['5.4-2', 'SHOULD', 'P', 'The page shows the origin of the request, marked as unverified.'],
  ['5.4-3', 'note', 'P', 'verification_uri_complete needs a confirmation by the user.'],
  ['5.4-4', 'note', 'S', 'Codes expire after 10 minutes by default, and the option has bounds.'],
  ['5.5-1', 'SHOULD', 'C', 'The device considers who else can read its screen.'],
  ['5.5-2', 'note', 'SP', 'Only the first account that presents a code can decide; to others the code looks unknown.'],
  ['5.6-1', 'note/should', 'S', 'A public client needs consent every time.'],
  ['5.7-1', 'RECOMMENDED', 'C', 'Codes are shown over a channel that only people nearby can see.'],
  ['6.1-1', 'should', 'P', 'Spaces and punctuation in a typed code do not matter.'],
  ['6.1-2', 'should', 'P', 'Letter case in a typed code does not matter, in any locale.'],
  ['6.1-3', 'recommended', 'P', 'Characters outside the alphabet are dropped, and full-width forms are converted.'],
  ['6.1-4', 'RECOMMENDED', 'S', 'The alphabet has no look-alikes and no vowels.'],
  ['6.1-5', 'MAY', 'P', 'Look-alike characters are converted where that is unambiguous.'],
  ['6.2-1', 'MAY', '', 'Codes may be transmitted over other channels.', na('out of scope')],
  ['7-1', 'MUST', 'S', 'The registered names are spelled as registered.'],
])

const rfc6749 = rows('RFC 6749', '6749', [
  ['2.3-1', 'MUST NOT', 'S', 'The name of a public client is not verified, and the page says so.'],
  ['2.3-2', 'MUST NOT', 'SC', 'Two authentication methods in one request are refused.'],
  ['2.3.1-1', 'MUST', 'S', 'Basic credentials are form-decoded; malformed ones get invalid_client, never a 500.'],
  ['2.3.1-2', 'MUST', 'S', 'Basic works for clients with a secret.'],
  ['2.3.1-3', 'MAY', 'S', 'A secret in the body works only for clients registered for it.'],
  ['2.3.1-4', 'MUST NOT', 'SC', 'Credentials and parameters in the URL are not read.'],
  ['2.3.1-5', 'MUST', 'S', 'Secrets are sent only over TLS.'],
  ['2.3.1-6', 'MUST', 'S', 'Wrong secrets are limited by client and IP address; other clients are not locked out.'],
  ['2.3.2-1', 'MUST', 'S', 'A client can authenticate only by its registered method.'],
  ['3.1-1', 'MUST', 'P', 'The user has to be signed in first.'],
  ['3.1-2', 'MUST NOT', 'S', 'The URL of an endpoint has no fragment.'],
  ['3.2-1', 'MUST', 'SC', 'The token endpoint accepts only POST.'],
  ['3.2-2', 'MUST', 'S', 'Empty parameters count as absent at the token, revocation and introspection endpoints.'],
  ['3.2-3', 'MUST', 'S', 'Unknown parameters are ignored at these endpoints.'],
  ['3.2-4', 'MUST NOT', 'S', 'Repeated parameters are refused at these endpoints.'],
  ['3.2.1-1', 'MUST', 'S', 'Confidential clients have to authenticate.'],
  ['3.3-1', 'MUST', 'S', 'A scope follows the grammar and is case-sensitive.'],
  ['3.3-2', 'MUST', 'S', 'The response has the granted scope, because it may be less than requested.'],
  ['3.3-3', 'MUST', 'S', 'A request without scope gets a default scope or invalid_scope.'],
  ['3.3-4', 'SHOULD', 'O', 'Scopes are documented.'],
  ['5.1-1', 'REQUIRED', 'S', 'access_token and token_type are present.'],
  ['5.1-2', 'RECOMMENDED', 'S', 'expires_in is a number of seconds.'],
  ['5.1-3', 'REQUIRED', 'S', 'scope is present if it differs from the requested one.'],
  ['5.1-4', 'MUST', 'S', 'The response is JSON with JSON types.'],
  ['5.1-5', 'MUST', 'S', 'Responses with sensitive data have Cache-Control: no-store and Pragma: no-cache.'],
  ['5.1-6', 'MUST', 'C', 'Unknown members are ignored.'],
  ['5.1-7', 'SHOULD', 'O', 'Token sizes are documented.'],
  ['5.2-1', 'MUST', 'S', 'Errors have status 400 unless the RFC names another.'],
  ['5.2-2', 'MAY/MUST', 'S', 'invalid_client is 401, with a challenge if the Authorization header was used.'],
  [
    '5.2-3',
    'MUST',
    'S',
    'invalid_grant covers codes and tokens that are invalid, expired, revoked or of another client.',
  ],
  ['5.2-4', 'MUST', 'S', 'A client that may not use the grant gets unauthorized_client.'],
  ['5.2-5', 'MUST', 'S', 'A scope that is unknown, malformed or not allowed gets invalid_scope.'],
  ['5.2-6', 'MUST NOT', 'S', 'Errors use only the allowed characters and repeat nothing from the request.'],
  ['6-1', 'MUST', 'S', 'A refresh authenticates the client and checks that the token belongs to it.'],
  ['6-2', 'MUST NOT', 'S', 'A refresh may reduce the scope but never extend it.'],
  ['6-3', 'MUST', 'C', 'The client replaces its refresh token.'],
  ['6-4', 'MUST', 'S', 'A new refresh token keeps the scope of the old one.'],
  ['10.1-1', 'MUST NOT', 'O', 'Native apps get no shared secret.'],
  ['10.2-1', 'MUST', 'S', 'Clients that can authenticate have to.'],
  ['10.2-2', 'SHOULD', 'P', 'The page names client and scope before consent.'],
  ['10.2-3', 'SHOULD NOT', 'P', 'Consent is not repeated automatically for a client that does not authenticate.'],
  ['7.1-1', 'MUST NOT', 'C', 'An access token of an unknown type is not used.'],
  ['10.3-1', 'MUST', 'S', 'Stores contain only hashes of codes and tokens.'],
  ['10.3-2', 'MUST', 'S', 'Tokens cannot be guessed or altered.'],
  ['10.4-1', 'MUST', 'S', 'A refresh token is bound to its client.'],
  ['10.5-1', 'MUST', 'S', 'A device code gives tokens only once; a late replay revokes them.'],
  ['10.6', 'note', '', 'Redirect URIs cannot be abused.', na('this grant has no redirect URI')],
  ['10.8-1', 'MUST NOT', 'SC', 'No secret reaches a log, an event or an error.'],
  ['10.9-1', 'MUST', 'C', 'The client validates certificates.'],
  ['10.10-1', 'MUST/SHOULD', 'S', 'Credentials that only machines handle have more than 160 bits.'],
  ['10.11-1', 'MUST', 'P', 'Pages for people are served over TLS.'],
  ['10.12-1', 'MUST', 'P', 'Decisions are protected against cross-site requests.'],
  ['10.13-1', 'SHOULD', 'P', 'The pages cannot be framed.'],
  ['10.14-1', 'MUST', 'SC', 'All input is checked.'],
  ['10.15-1', 'MUST', 'P', 'There is no open redirect.'],
])

const rfc6750 = rows('RFC 6750', '6750', [
  ['2-1', 'MUST NOT', 'CR', 'A request with a token in two places is refused.'],
  [
    '2.1-1',
    'MUST',
    'CR',
    'The Authorization header is read, with the scheme in any letter case; a malformed header gets 400.',
  ],
  ['2.2-1', 'SHOULD NOT', 'CR', 'A token in the body is not read.'],
  ['2.3-1', 'SHOULD NOT', 'CR', 'A token in the URL is not read.'],
  ['3-1', 'MUST', 'R', 'A 401 has a Bearer challenge, without an error if there was no token.'],
  ['3-2', 'MUST NOT', 'R', 'The challenge has each attribute at most once and repeats nothing from the request.'],
  ['3.1-1', 'SHOULD', 'R', 'invalid_request is 400, invalid_token 401, insufficient_scope 403 with the scope.'],
  ['5.2-1', 'MUST', 'S', 'Access tokens expire after an hour by default.'],
  ['5.3-1', 'MUST/SHOULD', 'C', 'The client keeps its tokens safe.'],
])

const rfc7009 = rows('RFC 7009', '7009', [
  ['2-1', 'MUST', 'S', 'Refresh tokens and access tokens can be revoked.'],
  ['2-2', 'MUST', 'SC', 'The URL of the endpoint is https.'],
  ['2.1-1', 'REQUIRED', 'S', 'token is required; it is found even with a wrong or unknown hint.'],
  ['2.1-2', 'MUST', 'S', 'Only the client of a token can revoke it; others learn nothing about it.'],
  ['2.1-3', 'MUST', 'S', 'Revocation takes effect immediately.'],
  ['2.1-4', 'SHOULD', 'S', 'Revoking a refresh token ends the access tokens of its grant.'],
  ['2.1-5', 'MAY', 'S', 'The refresh token may stay valid after its access token is revoked.'],
  ['2.2-1', 'MUST', 'S', 'An unknown token also gets 200.'],
  ['2.2.1-1', 'MUST', 'S', 'If the store fails, the answer is 503 with Retry-After and the token stays valid.'],
  ['2.3-1', 'MAY', 'S', 'No JSONP: GET is 405.'],
  ['5-1', 'MUST', 'S', 'Tokens are too long to be guessed at this endpoint.'],
])

const ext7009 = rows('our addition', 'ext-7009', [
  [
    '1',
    'own',
    'SC',
    'A device that gives up revokes its device code; then polls and the page report that the code has ended.',
  ],
])

const rfc7662 = rows('RFC 7662', '7662', [
  ['2.1-1', 'MUST', 'S', 'The endpoint accepts only POST and requires a token; a wrong hint does not matter.'],
  ['2.1-2', 'MUST', 'S', 'The caller has to authenticate; a public client is refused.'],
  [
    '2.2-1',
    'REQUIRED',
    'S',
    'A token that is not valid, or that the caller may not see, gets exactly {"active":false}.',
  ],
  [
    '2.2-2',
    'OPTIONAL',
    'S',
    'For a valid token the response has scope, client, user, issuer and times with the right types.',
  ],
  ['2.2-3', 'MUST', 'S', 'A caller that may not see a token gets {"active":false}.'],
  ['2.3-1', 'MUST', 'S', 'A caller with wrong credentials gets 401; an inactive token is no error.'],
  ['4-1', 'MUST', 'S', 'Expiry, revocation and the user’s account are all checked.'],
  ['4-2', 'MUST', 'S', 'Answers are not cached.'],
])

const rfc8414 = rows('RFC 8414', '8414', [
  ['2-1', 'REQUIRED', 'S', 'issuer is exactly the configured one, with any Host header.'],
  ['2-2', 'REQUIRED', 'S', 'token_endpoint and response_types_supported are present.'],
  ['2-3', 'OPTIONAL', 'S', 'The listed grant types, scopes and authentication methods are those that work.'],
  ['2.1-1', 'OPTIONAL', 'S', 'The metadata is signed.', na('not offered')],
  ['3-1', 'MUST', 'S', 'The well-known path is between the host and the path of the issuer.'],
  ['3.2-1', 'MUST', 'S', 'GET gets 200 with JSON; other methods get 405.'],
  ['3.3-1', 'MUST', 'C', 'The client compares the issuer in the metadata with the expected one.'],
])

const rfc9700 = rows('RFC 9700', '9700', [
  ['2.1-1', 'MUST NOT', 'SPC', 'There is no open redirect.'],
  ['2.1-2', 'MUST', 'S', 'Redirects are 303, never 307.'],
  [
    '2.1.1',
    'MUST',
    'S',
    'If PKCE is offered for this grant, it uses S256 and is required.',
    na('PKCE is not offered for this grant'),
  ],
  ['2.2.1-1', 'SHOULD', 'S', 'Access tokens are bound to their sender.'],
  ['2.2.2-1', 'MUST', 'S', 'Refresh tokens of public clients rotate.'],
  ['2.3-1', 'SHOULD', 'S', 'A token gives only the access that was granted.'],
  ['2.4-1', 'MUST NOT', 'S', 'There is no password grant.'],
  ['2.5-1', 'SHOULD', 'S', 'Clients that can authenticate have to authenticate.'],
  ['2.6-1', 'RECOMMENDED', 'SC', 'Metadata is published.'],
  [
    '2.6-2',
    'SHOULD NOT',
    'S',
    'Clients cannot choose ids that look like users.',
    na('there is no dynamic registration'),
  ],
  ['2.6-3', 'MUST NOT', 'S', 'No other origin can read the pages.'],
  ['3', 'MUST', 'O', 'The attackers of the threat model have been considered.'],
  [
    '4.2.4-1',
    'SHOULD NOT',
    'P',
    'The pages load nothing from other origins but logos of the operator’s choice, and send them no Referer.',
  ],
  ['4.2.4-2', 'MUST', 'S', 'A code is invalid after its first use, and a later use revokes its tokens.'],
  ['4.3.2', 'MUST NOT', 'C', 'The client sends no token in a query.'],
  ['4.12', 'MUST NOT/SHOULD', 'P', 'Redirects after a POST are 303.'],
  ['4.13-1', 'MUST', 'OS', 'Proxy headers are used only if the framework is configured to trust them.'],
  ['4.14-1', 'MUST', 'S', 'The application can refuse before tokens are issued, and tokens never exceed the consent.'],
  ['4.14-2', 'MUST', 'S', 'A refresh token that is used again after its replacement revokes the grant.'],
  ['4.14-3', 'MAY/SHOULD', 'S', 'All grants of a user can be revoked, and idle refresh tokens expire.'],
  ['4.15-1', 'SHOULD NOT', 'S', 'A client cannot impersonate a user.', na('no token has a client as its subject')],
  ['4.16-1', 'MUST/SHOULD', 'P', 'Every page, errors included, forbids framing.'],
])

const http = [
  ...rows('RFC 9110 and 6585', '9110', [
    ['15.5.6', 'MUST', 'S', '405 names the allowed methods.'],
    ['10.2.3', 'own', 'S', '429 is an OAuth error with a Retry-After header.'],
  ]),
  ...rows('RFC 9110 and 6585', '6585', [['4', 'MAY', 'S', 'Normal polling never gets 429.']]),
]

const later = note('planned')

/** JSON Web Token profile for access tokens: the package `@device-auth/jwt`. */
const rfc9068 = rows('RFC 9068', '9068', [
  ['2.1-1', 'MUST', 'S', 'JWT access tokens are signed, never with `none`, and have the type at+jwt.'],
  ['2.2-1', 'REQUIRED', 'S', 'They have iss, exp, aud, sub, client_id, iat and a jti of their own.'],
  ['2.2.1-1', 'OPTIONAL', 'S', 'auth_time, acr and amr tell the log-in of the approval, also after a refresh.'],
  ['2.2.3-1', 'SHOULD', 'S', 'scope is the granted scope.'],
  ['3-1', 'SHOULD', 'S', 'aud is the resource, or a default.'],
  ['4-1', 'MUST', 'R', 'Type, issuer, audience, signature, algorithm and end are checked; an id_token is refused.'],
])

const rfc9449 = rows('RFC 9449', '9449', [
  ['4.2-1', 'MUST', 'S', 'A proof has typ, an asymmetric alg, a public jwk, jti, htm, htu and iat.'],
  ['4.3-1', 'MUST', 'S', 'There is one header DPoP with one JWT of a sane size, without crit.'],
  ['4.3-2', 'MUST', 'S', 'alg is allowed, the signature is by jwk, and jwk has no private member.'],
  ['4.3-3', 'MUST', 'S', 'htm and htu are those of the request by its configured URL, not by the Host header.'],
  ['4.3-4', 'MUST', 'S', 'iat or the nonce is in the window.'],
  ['5-1', 'MUST', 'S', 'A bound token has the token_type DPoP and cnf.jkt.'],
  ['5-2', 'MUST', 'S', 'The refresh token of a public client needs the same key.'],
  ['5.2-1', 'MUST', 'S', 'A client with dpop_bound_access_tokens gets nothing without a proof, and its code stays.'],
  ['6.1-1', 'MUST', 'S', 'A JWT access token has the claim cnf.jkt.'],
  ['5-3', 'own', 'C', 'The client keeps the key of its tokens; without it, it sends none of them and signs in anew.'],
  ['7-1', 'MUST', 'SR', 'A bound token needs the scheme DPoP and a proof with ath; as Bearer it is refused.'],
  ['7.1-1', 'MUST', 'R', 'A token that came by the scheme DPoP is challenged by the scheme DPoP.'],
  ['8-1', 'MUST', 'S', 'use_dpop_nonce is no poll: nothing is paced or spent.'],
  ['8-2', 'MAY', 'S', 'An answer brings the next nonce.'],
  ['9-1', 'MUST', 'R', 'A resource asks for a nonce by 401 and DPoP-Nonce.'],
  ['10-1', 'MUST', 'S', 'A key in the device authorization request binds the device code; another key gets nothing.'],
  ['11.1-1', 'MUST', 'S', 'A proof is accepted once.'],
  ['4.3-5', 'own', 'S', 'A failing proof touches no approved code: the proof is checked before the store is asked.'],
])

const rfc7591 = rows('RFC 7591', '7591', [
  ['2-2', 'MAY', 'S', 'Members that the server does not know, or that a stranger may not set, are left out.'],
  ['2-3', 'own', 'S', 'The name of a client is cleaned and bounded like each text of others.'],
  [
    '2.3-1',
    'MUST',
    'S',
    'Claims of a software statement win over members of the request, and it is returned unmodified.',
  ],
  ['3-1', 'MAY', 'S', 'The endpoint asks for an initial access token, or a hook decides; otherwise 401.'],
  ['3.1-1', 'REQUIRED', 'S', 'The body is one JSON object; anything else is refused.'],
  [
    '3.2.1-1',
    'REQUIRED',
    'S',
    'The answer is 201 with client_id, the secret, its expiry, and all registered metadata.',
  ],
  ['3.2.1-2', 'REQUIRED', 'S', 'The registered client signs in with what it got.'],
  ['3.2.2-1', 'MUST', 'S', 'Metadata of which no client can be made are refused as invalid_client_metadata.'],
  ['5-1', 'own', 'S', 'The store has hashes of secrets and registration tokens only.'],
  ['5-2', 'SHOULD', 'S', 'A client that registered itself is shown as not verified.'],
  ['5-3', 'SHOULD', 'S', 'Registrations are limited by address, by token and in number.'],
])

const rfc7592 = rows('RFC 7592', '7592', [
  ['2.1-1', 'MUST', 'S', 'GET with the registration access token answers with the registration.'],
  ['2.1-2', 'MUST', 'S', 'A wrong token, and a client that does not exist, are answered 401.'],
  ['2.2-1', 'MUST', 'S', 'PUT replaces all metadata; null counts as not sent.'],
  ['2.2-2', 'MUST', 'S', 'A PUT that is wrong changes nothing.'],
  ['2.2-3', 'own', 'S', 'The secret stays at a PUT, and goes with a method that needs none.'],
  ['2.2-4', 'own', 'S', 'Of two PUTs at once one wins, and the other is told so.'],
  ['2.2-5', 'own', 'S', 'The claims of a software statement go on to count.'],
  ['2.3-1', 'MUST', 'S', 'DELETE answers 204 and ends all grants of the client.'],
  ['2.3-2', 'own', 'S', 'A PUT that began before a DELETE does not bring the client back.'],
  ['2.3-3', 'own', 'S', 'A poll that redeems while the client is removed gives no live token.'],
])

const rfc9470 = rows('RFC 9470', '9470', [
  [
    '3',
    'MUST',
    'R',
    'A log-in that is too weak or too old is answered 401 insufficient_user_authentication, with acr_values and max_age.',
  ],
  ['4', 'SHOULD', 'C', 'The client asks for a new sign-in with the acr_values and max_age of the challenge.'],
  ['6.1', 'note', 'SR', 'A JWT access token tells the log-in by acr and auth_time.'],
])

const rfc8705 = rows('RFC 8705', '8705', [
  [
    '3-1',
    'MUST',
    'SR',
    'A token that is bound to a certificate has cnf.x5t#S256, and is refused without that certificate.',
  ],
  ['3.4-1', 'MUST', 'S', 'A client that is registered for bound tokens needs its certificate.'],
  ['2.1', 'MUST', 'S', 'tls_client_auth proves a client by a certificate of an authority, with the registered name.'],
  ['2.1.2', 'MUST', 'S', 'The name is registered as one of subject DN, DNS name, URI, IP address or e-mail address.'],
  [
    '2.2',
    'MUST',
    'S',
    'self_signed_tls_client_auth proves a client by a registered certificate, without an authority.',
  ],
])

/** Assertions of clients: the package `@device-auth/jwt`. */
const rfc7523 = rows('RFC 7523', '7523', [
  [
    '2.2-1',
    'MUST',
    'S',
    'A client authenticates by exactly one assertion of the exact type; client_id, if present, is its sub.',
  ],
  ['3-1', 'MUST', 'S', 'iss and sub are the client_id.'],
  ['3-2', 'MUST', 'S', 'aud is the issuer of this server, and nothing else.'],
  ['3-3', 'MUST', 'S', 'exp is there, is not passed, and is not far away.'],
  ['3-4', 'MAY', 'S', 'nbf and iat are checked, and an assertion works once.'],
  [
    '3-5',
    'MUST',
    'S',
    'The signature is by an allowed algorithm; none, HMAC with a public key and unknown crit are refused.',
  ],
  [
    '3-6',
    'note',
    'S',
    'Keys at a jwks_uri are fetched from public addresses only, without redirects, bounded, and cached.',
  ],
  ['3.2-1', 'MUST', 'S', 'The error is invalid_client.'],
])

const rfc7636 = rows('RFC 7636', '7636', [
  ['4.4.1', 'MUST', 'S', 'A code challenge that is malformed, or of another method than S256, is refused.'],
])

const rfc8707 = rows('RFC 8707', '8707', [
  ['2-1', 'MUST', 'S', 'A resource is an absolute URI without a fragment; anything else is invalid_target.'],
  ['2-2', 'MAY', 'S', 'resource may come several times; each is checked.'],
  [
    '2.2-1',
    'note',
    'S',
    'A token request narrows the resources; more than was approved is invalid_target, and the code stays.',
  ],
  [
    '2.2-2',
    'SHOULD',
    'S',
    'The audience of a token is what was asked for; a refresh may ask for another granted resource.',
  ],
])

const rfc8693 = rows('RFC 8693', '8693', [
  ['2.1-1', 'MUST', 'S', 'subject_token and its type are required; the server decides which clients may exchange.'],
  ['2.1-2', 'note', 'S', 'The new token has no more scope and no more time than the subject token.'],
  ['2.1-3', 'MAY', 'S', 'resource and audience may come several times, and name where the token is used.'],
  ['2.1-4', 'note', 'S', 'The new token ends with the sign-in that it comes of.'],
  ['2.2.1-1', 'MUST', 'S', 'The answer has access_token, issued_token_type and token_type, and here no refresh token.'],
  ['2.2.2-1', 'MUST', 'S', 'A request or a token that is not valid, or not acceptable, is answered invalid_request.'],
  ['2.2.2-2', 'SHOULD', 'S', 'A target for which no token may be issued is answered invalid_target.'],
])

const rfc9396 = rows('RFC 9396', '9396', [
  ['2-1', 'MUST', 'S', 'authorization_details is a list of objects, each with a type, and is kept as it is.'],
  ['3-1', 'MUST', 'P', 'The page shows all details to their end, or nothing can be approved.'],
  ['5-1', 'MUST', 'S', 'Malformed details and unknown types are invalid_authorization_details.'],
  ['6-1', 'MUST', 'S', 'A token request cannot ask for more than was approved; the code stays.'],
  ['7-1', 'MUST', 'S', 'The token response has the granted details.'],
  ['9.1-1', 'MAY', 'S', 'A JWT access token has the granted details.'],
  ['9.2-1', 'MAY', 'S', 'Introspection has the granted details.'],
  ['10-1', 'MAY', 'S', 'The metadata name the types, and a client may be limited to some.'],
])

/** OpenID Connect Core and Discovery: the package `@device-auth/jwt`. */
const openidConnect = [
  ...rows('OpenID Connect Core', 'OIDC', [
    ['2-1', 'REQUIRED', 'S', 'An id_token has iss, sub, aud, exp and iat; sub has at most 255 characters of ASCII.'],
    ['2-2', 'REQUIRED', 'S', 'A token response has an id_token if, and only if, the scope openid was granted.'],
    ['2-4', 'MUST', 'S', 'The nonce of the request is in the id_token unchanged.'],
    ['2-6', 'MUST NOT', 'S', 'An id_token is signed, never with `none`.'],
    [
      '3.1.2.1',
      'MUST',
      'S',
      'max_age, prompt and acr_values ask for a log-in, and the tokens tell the one of the approval.',
    ],
    ['3.1.3.6-1', 'OPTIONAL', 'S', 'at_hash is the left half of the hash of the access token.'],
    ['5.3-1', 'MUST', 'S', 'The UserInfo endpoint takes an access token as Bearer, and answers as JSON.'],
    ['5.3.2-1', 'MUST', 'S', 'sub of userinfo is that of the id_token.'],
    ['5.3.3-1', 'SHOULD', 'S', 'A request without a valid token with the scope openid gets an error of RFC 6750.'],
    ['10.1-1', 'MUST', 'S', 'Clients verify an id_token by the keys at jwks_uri.'],
    ['11-1', 'own', 'S', 'A sign-in with openid gets a refresh token only if offline_access was granted.'],
    ['12.2-1', 'MUST', 'S', 'The id_token of a refresh has the same iss, sub, aud and auth_time, and no other nonce.'],
  ]),
  ...rows('OpenID Connect Discovery', 'OIDCD', [
    ['3-1', 'REQUIRED', 'S', 'The document has the members that a server without an authorization endpoint needs.'],
    ['3-2', 'MUST NOT', 'S', 'The keys at jwks_uri have no private members.'],
    [
      '4-1',
      'MUST',
      'S',
      'The document is at /.well-known/openid-configuration below the issuer, and names that issuer.',
    ],
    ['4-2', 'own', 'S', 'Its content is that of the RFC 8414 document.'],
  ]),
]

const rfc9701 = rows('RFC 9701', '9701', [
  ['4', 'MUST', 'S', 'The Accept header asks for a signed response; without it, the response is plain JSON.'],
  ['5', 'MUST', 'S', 'A signed response has typ, iss, aud, iat and token_introspection, and no sub or exp of its own.'],
])

/** Security event tokens: the receiver. */
const securityEvents = [
  ...rows('RFC 8417', '8417', [
    ['2.2', 'MUST', 'S', 'A security event token has the issuer, the audience and the events that were agreed.'],
    ['5.1', 'MUST', 'S', 'It is signed by a key of its transmitter.'],
  ]),
  ...rows('RFC 8935', '8935', [
    ['2.1', 'MUST', 'S', 'It is pushed as the body of a POST with the type application/secevent+jwt.'],
    ['2.2', 'MUST', 'S', 'A token that was taken is answered 202 without a body.'],
    ['2.4', 'MUST', 'S', 'A token that is refused is answered 400 with an error code.'],
  ]),
]

const faults = rows('faults and attacks', 'F', [
  [
    '01',
    'own',
    'S',
    'Parallel redemptions of one code create one token family, and the losing requests revoke nothing.',
  ],
  ['02', 'own', 'S', 'If approve and deny happen at the same time, one wins and never changes.'],
  ['03', 'own', 'S', 'If two accounts approve, the code belongs to one, and looks unknown to the other.'],
  ['04', 'own', 'SP', 'A denied code stays denied if the user goes back in the browser and approves.'],
  ['05', 'own', 'S', 'An approval after the redemption does not make the code usable again.'],
  ['06', 'own', 'S', 'A poll that saves its time never overwrites a decision.'],
  ['07', 'own', 'SP', 'An approval after expiry has no effect; an approved code that is not redeemed in time expires.'],
  ['08', 'own', 'S', 'After a denial during a poll, the next poll gets access_denied.'],
  ['09', 'own', 'S', 'If two requests generate the same user code, one of them generates a new one.'],
  [
    '10',
    'own',
    'S',
    'A burst of polls raises the interval once; a client at a steady pace is not slowed down for ever.',
  ],
  ['11', 'own', 'S', 'Two refreshes with one token give one successor.'],
  ['12', 'own', 'S', 'An account locked between approval and redemption gets no token.'],
  ['13', 'own', 'S', 'A client that is removed or restricted during a sign-in gets only what it may have now.'],
  ['14', 'own', 'S', 'Revocation during a redemption leaves no valid token.'],
  ['15', 'own', 'S', 'If the store fails at any step, nothing is half done and the flow can continue.'],
  [
    '16',
    'own',
    'S',
    'If the process ends during a redemption, the approval is not lost and no second token family is created.',
  ],
  ['17', 'own', 'S', 'A lost answer can be fetched again for a short time.'],
  ['18', 'own', 'S', 'If the saveToken hook fails or is late, the code can still be redeemed once.'],
  ['19', 'own', 'S', 'A code or token of one kind is not accepted as another kind.'],
  ['20', 'own', 'S', 'A failover that loses a redemption creates no second token family.', later],
  ['21', 'own', 'S', 'An evicted record never reads as approved.', later],
  ['22', 'own', 'S', 'All keys of one step are in one slot of a cluster.', later],
  ['23', 'own', 'S', 'A deadlock or a busy database is retried a limited number of times.', later],
  ['24', 'own', 'S', 'The store contract detects a store without compare-and-set.', later],
  ['25', 'own', 'S', 'Clocks that differ or go back cause no error.', later],
  ['26', 'own', 'S', 'A store failure at a poll does not end the sign-in.', later],
  ['27', 'own', 'S', 'A shutdown finishes the requests that are in progress.', later],
  ['28', 'own', 'S', 'Unused records are limited in number and get deleted.', later],
  ['29', 'own', 'S', 'Ten thousand waiting devices are served.', later],
  ['30', 'own', 'SP', 'All ways to enter a user code count against one limit.', later],
  ['31', 'own', 'SP', 'Neither a correct code nor another spelling resets this limit.', later],
  ['32', 'own', 'S', 'A forged forwarding header does not change the IP address of a request.', later],
  ['33', 'own', 'SP', 'Guessing from many IP addresses is stopped by a limit for the whole server.', later],
  ['34', 'own', 'SP', 'A used-up limit of an IP address does not lock out its users.', later],
  ['35', 'own', 'S', 'Secrets are compared in constant time.', later],
  ['36', 'own', 'S', 'Unknown codes, codes of another client and used codes get the same answer.', later],
  ['37', 'own', 'S', 'No header of a request changes a URL in an answer.', later],
  ['38', 'own', 'P', 'Look-alike characters are converted or refused, and never cause an error.', later],
  ['39', 'own', 'S', 'A flood of polls is answered without calls of the store.', later],
  ['40', 'own', 'P', 'Cross-site posts change nothing.', later],
  ['41', 'own', 'P', 'GET and HEAD change nothing.', later],
  ['42', 'own', 'P', 'The page names the account that is about to approve.', later],
  ['43', 'own', 'P', 'A handle from before the log-in is not valid after it.', later],
  ['44', 'own', 'P', 'In two tabs with two codes, each decides its own code.', later],
  ['45', 'own', 'P', 'Every page has the security headers.', later],
  ['46', 'own', 'P', 'No spelling of a URL makes the page redirect to another origin.', later],
  ['47', 'own', 'P', 'Text from client, device and user is escaped everywhere.', later],
  ['48', 'own', 'P', 'Misleading names are cut to a maximum length, isolated and marked as unverified.', later],
  ['49', 'own', 'P', 'A user code in a URL does not leak.', later],
  ['50', 'own', 'C', 'A device refuses the answers of a hostile server.'],
  ['51', 'own', 'S', 'Bodies that are huge, endless, compressed or of a wrong length are clearly refused.'],
  ['52', 'own', 'S', 'A very large number of parameters is refused quickly.'],
  ['53', 'own', 'S', 'Every parameter is one string, with any name and in any JSON.'],
  ['54', 'own', 'S', 'Names such as __proto__ are handled like any other name.'],
  ['55', 'own', 'S', 'Body parsers before the handler do not change its answers.'],
  ['56', 'own', 'S', 'Wrong content types are refused.'],
  ['57', 'own', 'S', 'Broken encodings and control characters cause a 4xx, never a 5xx.'],
  ['58', 'own', 'S', 'No text from a request can break a response header.'],
  ['59', 'own', 'S', 'No regular expression is slow on any input.'],
  ['60', 'own', 'S', 'Unusual methods and paths do not bypass a check.'],
  ['61', 'own', 'S', 'Malformed Authorization headers get 400 or 401.'],
  [
    '62',
    'own',
    'S',
    'No other origin has access to the pages, and only those listed in verificationApi have access with credentials, to its endpoints.',
  ],
  ['63', 'own', 'S', 'No cache gives one user the page of another.'],
  ['64', 'own', 'S', 'If a hook throws, rejects or hangs, the request gets a clear error in time.'],
  ['65', 'own', 'S', 'Logs, events and inspected objects contain no secret.'],
  ['66', 'own', 'S', 'Core has no dependencies, and no package runs a script at installation.'],
])

/** Best Current Practice for Security of Cross-Device Flows (BCP 247). */
const crossDevice = rows('RFC 10027', 'XD', [
  ['2-1', 'MUST', 'S', 'The risk is assessed before use; `describePolicy()` lists the active mitigations.'],
  ['2-2', 'SHOULD', 'O', 'If the risk is too high, another protocol is used.', na('docs/security/when-to-use.md')],
  ['2-4', 'MUST', 'S', 'Mitigations are chosen by a named preset; production without one gets a warning.'],
  ['2-5', 'SHOULD', 'S', 'Proximity is one of the mitigations if possible.', na('see XD-6.1.1')],
  ['5-1', 'SHOULD NOT', 'SP', 'A request from the same browser that approves it causes a warning or is refused.'],
  [
    '6.1.1',
    'SHOULD',
    'SP',
    'Network and country of device and user are compared; a difference causes a warning or a refusal.',
  ],
  ['6.1.2', 'note', 'S', 'Codes expire soon.', na('see 8628-3.2-6 and 8628-5.4-4')],
  ['6.1.3', 'MAY', 'SP', 'A code is valid only for the account or the browser that presented it first, also later.'],
  ['6.1.4', 'MAY', 'S', 'A code that a second account presents elsewhere is denied, with an event.'],
  ['6.1.5', 'note', 'O', 'URL and format of the code are documented, so that mail filters can recognize them.'],
  [
    '6.1.6',
    'MAY',
    'SP',
    'All grants of a user, a client or a requester can be ended at once; a user can be told of a new device and sign it out.',
  ],
  [
    '6.1.7',
    'MAY',
    'S',
    'Only devices that prove who they are get codes, if their client is registered so; a device that the user approved before is known by its key.',
  ],
  ['6.1.8', 'SHOULD', 'S', 'A client may be restricted to networks.'],
  ['6.1.9', 'MAY', 'S', 'A client may have a separate maximum of scopes for this grant.'],
  ['6.1.10', 'note', 'S', 'Tokens of this grant have a short lifetime, set by options.'],
  ['6.1.11', 'MAY', 'S', 'Requests are limited by client and IP address, approvals by user.'],
  ['6.1.12', 'note', 'S', 'Tokens can be bound to a key of the device.'],
  ['6.1.13', 'MAY', 'P', 'The page says to decline if somebody sent the code.'],
  [
    '6.1.14',
    'SHOULD',
    'P',
    'The page shows the client and the request; denying is as easy as approving, and Enter does not approve.',
  ],
  ['6.1.15', 'note', 'S', 'A request may be restricted to a user in advance.'],
  ['6.1.16', 'MAY', 'SP', 'The user types a number from the phone on the device.'],
  ['6.1.17', 'MAY', 'SP', 'A message that was entered on the device is shown on the page.'],
  [
    '6.2.1-1',
    'should',
    'O',
    'The grant is not used for the most sensitive resources, and never without further mitigations.',
  ],
  ['6.2.1-2', 'should', 'S', 'A client can use the grant only if its registration has it.'],
  ['6.2.1-3', 'should not', 'SP', 'The grant is not used on one device: see XD-5-1.', na('see XD-5-1')],
])

/** Every requirement, in the order of its source. */
export const requirements: readonly Requirement[] = [
  ...rfc8628,
  ...rfc6749,
  ...rfc6750,
  ...rfc7009,
  ...ext7009,
  ...rfc7662,
  ...rfc8414,
  ...rfc9700,
  ...rfc9068,
  ...rfc9449,
  ...rfc9470,
  ...rfc7591,
  ...rfc7592,
  ...rfc8705,
  ...rfc7523,
  ...rfc7636,
  ...rfc8693,
  ...rfc8707,
  ...rfc9396,
  ...rfc9701,
  ...openidConnect,
  ...securityEvents,
  ...http,
  ...crossDevice,
  ...faults,
]
