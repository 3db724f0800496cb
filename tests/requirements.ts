/** The party that has to fulfil a requirement: the server, its pages, a device client, a resource server, an operator. */
type Party = 'server' | 'page' | 'client' | 'resource server' | 'operator'

/** One requirement. A test proves it if the name of the test begins with its id. */
export interface Requirement {
  readonly id: string
  readonly source: string
  readonly level: string
  readonly binds: readonly Party[]
  readonly requirement: string
  /** The reason why no test of this repository needs to cover it. */
  readonly notApplicable?: string
  /** For an open requirement: what is missing. */
  readonly note?: string
}

type Row = readonly [id: string, level: string, binds: string, requirement: string, more?: Partial<Requirement>]

const parties: Readonly<Record<string, Party>> = {
  S: 'server',
  P: 'page',
  C: 'client',
  R: 'resource server',
  O: 'operator',
}

/** Marks a row as not applicable if it binds neither server, page nor resource server. */
function elsewhere(binds: readonly Party[]): Partial<Requirement> {
  if (binds.some((party) => party !== 'client' && party !== 'operator')) return {}
  if (binds.includes('client')) return { notApplicable: 'binds the application on the device' }
  if (binds.includes('operator')) return { notApplicable: 'binds the operator' }
  return { notApplicable: 'informative' }
}

function rows(source: string, prefix: string, list: readonly Row[]): readonly Requirement[] {
  return list.map(([id, level, letters, requirement, more]) => {
    const binds = [...letters].flatMap((letter) => parties[letter] ?? [])
    return { id: `${prefix}-${id}`, source, level, binds, requirement, ...elsewhere(binds), ...more }
  })
}

const na = (notApplicable: string): Partial<Requirement> => ({ notApplicable })
const note = (text: string): Partial<Requirement> => ({ note: text })

const rfc8628 = rows('RFC 8628', '8628', [
  ['1-1', 'note', 'O', 'The flow is for devices that lack a browser or a keyboard, not a substitute elsewhere.'],
  ['3.1-1', 'MUST', 'S', 'Device authorization is a separate endpoint and accepts POST only; other methods get 405.'],
  ['3.1-2', 'MUST', 'S', 'The body is a UTF-8 urlencoded form; other media types are refused.'],
  ['3.1-3', 'REQUIRED', 'S', 'A client that does not authenticate must send client_id.'],
  ['3.1-4', 'OPTIONAL', 'S', 'Without a scope, the default is set when the codes are issued.'],
  ['3.1-5', 'MUST', 'SC', 'TLS only: an http issuer is refused at construction, unless it is a loopback address.'],
  ['3.1-6', 'MUST', 'S', 'An empty parameter counts as absent.'],
  ['3.1-7', 'MUST', 'S', 'Unknown parameters are ignored.'],
  ['3.1-8', 'MUST NOT', 'SC', 'A repeated parameter is refused, and the request creates or consumes nothing.'],
  ['3.1-9', 'MUST NOT', 'S', 'No member occurs twice in a JSON answer.'],
  ['3.1-10', 'MUST', 'S', 'Clients authenticate here as they do at the token endpoint.'],
  ['3.1-11', 'MUST', 'S', 'A public client identifies itself by client_id.'],
  ['3.1-12', 'SHOULD', 'C', 'A device starts the flow when its user asks for it, never by itself.'],
  [
    '3.2-1',
    'MUST',
    'S',
    'Codes are unique among live ones and expire; after a collision a new code is drawn, and nothing is overwritten.',
  ],
  ['3.2-2', 'MUST', 'S', 'Success is 200 with application/json.'],
  [
    '3.2-3',
    'REQUIRED',
    'S',
    'device_code, user_code, verification_uri and expires_in are present, each with its type.',
  ],
  ['3.2-4', 'note', 'S', 'The verification URI is short enough to type.'],
  ['3.2-5', 'OPTIONAL', 'S', 'verification_uri_complete contains the code; the member is absent if it is turned off.'],
  ['3.2-6', 'REQUIRED', 'S', 'expires_in applies to the device code and the user code.'],
  ['3.2-7', 'OPTIONAL', 'SC', 'The response has the interval; without it, clients assume 5 seconds.'],
  ['3.2-8', 'MUST', 'S', 'Errors have the form of RFC 6749 section 5.2.'],
  ['3.3-1', 'note', 'C', 'The device shows code and address, and tells the user to go on with a second device.'],
  ['3.3-2', 'MUST', 'P', 'Only a signed-in user can decide.'],
  ['3.3-3', 'MUST', 'P', 'The page at verification_uri asks for the code; nothing is approved without it.'],
  ['3.3-4', 'should', 'P', 'The page shows the requested access and offers approve and deny; GET changes nothing.'],
  ['3.3-5', 'should', 'P', 'The last page tells the user to return to the device.'],
  ['3.3-6', 'should', 'CP', 'The device code is never shown.'],
  ['3.3-7', 'NOT RECOMMENDED', 'S', 'verification_uri does not contain the code.'],
  ['3.3-8', 'MAY', 'P', 'The code is kept over a log-in or sign-up, and not given to third parties.'],
  ['3.3.1-1', 'MAY', 'C', 'verification_uri_complete may be shown as a QR code.'],
  ['3.3.1-2', 'RECOMMENDED', 'C', 'verification_uri stays visible beside the QR code.'],
  ['3.3.1-3', 'MUST', 'C', 'The user code stays visible beside the QR code.'],
  ['3.3.1-4', 'MUST', 'P', 'verification_uri_complete leads to the confirm page, never to an approval.'],
  ['3.3.1-5', 'SHOULD', 'P', 'The confirm page shows the code and asks the user to compare it.'],
  ['3.3.1-6', 'should', 'P', 'Both approve and deny are offered.'],
  ['3.4-1', 'MUST', 'S', 'grant_type is exactly the URN.'],
  ['3.4-2', 'REQUIRED', 'S', 'device_code is required.'],
  ['3.4-3', 'REQUIRED', 'S', 'client_id is required, unless the client authenticates.'],
  ['3.4-4', 'MUST', 'S', 'A client with credentials must send them; a failure does not change the state of the code.'],
  ['3.4-5', 'MUST', 'S', 'A code belongs to one client; for any other client it is unknown, in every state.'],
  ['3.4-6', 'note', 'S', 'Repeated polling is normal and does no harm.'],
  ['3.5-1', 'MUST', 'S', 'After the approval a poll gets the token response.'],
  ['3.5-2', 'MUST', 'S', 'Before the decision every poll gets authorization_pending, including the first.'],
  ['3.5-3', 'MUST', 'S', 'slow_down is answered only while the request is pending, and never hides a decision.'],
  ['3.5-4', 'MUST', 'SC', 'Each slow_down adds 5 seconds to the interval of this code, permanently.'],
  ['3.5-5', 'SHOULD', 'C', 'The client goes on polling while the request is pending.'],
  ['3.5-6', 'MUST', 'C', 'The client waits an interval before each poll.'],
  ['3.5-7', 'MUST', 'S', 'After a denial every poll gets access_denied until the code is deleted.'],
  ['3.5-8', 'MUST', 'S', 'After the code has expired, every poll gets expired_token until the code is deleted.'],
  ['3.5-9', 'MAY/SHOULD', 'C', 'After the code has expired, a new request waits for the user.'],
  ['3.5-10', 'MUST', 'C', 'Any other error ends the polling.'],
  ['3.5-11', 'MUST', 'C', 'A connection timeout makes the client poll less.'],
  ['3.5-12', 'RECOMMENDED', 'C', 'The client backs off exponentially.'],
  ['3.5-13', 'MAY', 'C', 'Another channel may replace polling.'],
  ['4-1', 'MUST', 'S', 'The metadata lists the grant type.'],
  ['4-2', 'OPTIONAL', 'S', 'The metadata has the address of the endpoint, and it answers there.'],
  ['5.1-1', 'recommended', 'SP', 'Attempts to guess user codes are limited.'],
  [
    '5.1-2',
    'SHOULD',
    'S',
    'Alphabet, length, lifetime and limits that make guessing likely are refused at construction.',
  ],
  ['5.2-1', 'SHOULD', 'S', 'A device code has 256 random bits.'],
  ['5.3-1', 'note', 'CO', 'A device checks the identity of its server.'],
  ['5.4-1', 'RECOMMENDED', 'P', 'The page says that a device signs in, and asks whether the user has it at hand.'],
  ['5.4-2', 'SHOULD', 'P', 'The page shows the origin of the request, marked as not verified.'],
  ['5.4-3', 'note', 'P', 'With verification_uri_complete the user still has to confirm.'],
  ['5.4-4', 'note', 'S', 'Codes live 10 minutes by default, and the option has bounds.'],
  ['5.5-1', 'SHOULD', 'C', 'The device considers who else can read its screen.'],
  ['5.5-2', 'note', 'SP', 'Only the first account that presents a code can decide; for others the code is unknown.'],
  ['5.6-1', 'note/should', 'S', 'For a public client the user is asked for consent every time.'],
  ['5.7-1', 'RECOMMENDED', 'C', 'Codes are sent over a channel that only people nearby can see.'],
  ['6.1-1', 'should', 'P', 'Spaces and punctuation in a typed code do not matter.'],
  ['6.1-2', 'should', 'P', 'Upper and lower case do not matter, in any locale.'],
  ['6.1-3', 'recommended', 'P', 'Characters outside the alphabet are removed, full-width forms are converted.'],
  ['6.1-4', 'RECOMMENDED', 'S', 'The alphabet has no similar characters and no vowels.'],
  ['6.1-5', 'MAY', 'P', 'Similar characters are converted if that is unambiguous.'],
  ['6.2-1', 'MAY', '', 'Codes may be sent over other channels.', na('out of scope')],
  ['7-1', 'MUST', 'S', 'The registered names are spelled as registered.'],
])

const rfc6749 = rows('RFC 6749', '6749', [
  ['2.3-1', 'MUST NOT', 'S', 'The name of a public client is not authenticated, and the page says so.'],
  ['2.3-2', 'MUST NOT', 'SC', 'Two authentication methods in one request are refused.'],
  ['2.3.1-1', 'MUST', 'S', 'Basic credentials are form-decoded; malformed ones are invalid_client, never a 500.'],
  ['2.3.1-2', 'MUST', 'S', 'Basic works for clients with a secret.'],
  ['2.3.1-3', 'MAY', 'S', 'A secret in the body works only for clients registered for it.'],
  ['2.3.1-4', 'MUST NOT', 'SC', 'Credentials and parameters in the URL are not read.'],
  ['2.3.1-5', 'MUST', 'S', 'Secrets are sent over TLS only.'],
  ['2.3.1-6', 'MUST', 'S', 'Wrong secrets are limited by client and address, without locking out others.'],
  ['2.3.2-1', 'MUST', 'S', 'A client authenticates by its registered method and no other.'],
  ['3.1-1', 'MUST', 'P', 'The user is identified first.'],
  ['3.1-2', 'MUST NOT', 'S', 'The address of an endpoint has no fragment.'],
  ['3.2-1', 'MUST', 'SC', 'The token endpoint accepts POST only.'],
  ['3.2-2', 'MUST', 'S', 'Empty parameters count as absent at token, revocation and introspection.'],
  ['3.2-3', 'MUST', 'S', 'Unknown parameters are ignored there.'],
  ['3.2-4', 'MUST NOT', 'S', 'Repeated parameters are refused there.'],
  ['3.2.1-1', 'MUST', 'S', 'Confidential clients authenticate.'],
  ['3.3-1', 'MUST', 'S', 'A scope follows its grammar and is case-sensitive.'],
  ['3.3-2', 'MUST', 'S', 'The response has the granted scope, because it may be narrower than the requested one.'],
  ['3.3-3', 'MUST', 'S', 'No scope means the default or invalid_scope.'],
  ['3.3-4', 'SHOULD', 'O', 'Scopes are documented.'],
  ['5.1-1', 'REQUIRED', 'S', 'access_token and token_type are present.'],
  ['5.1-2', 'RECOMMENDED', 'S', 'expires_in is a number of seconds.'],
  ['5.1-3', 'REQUIRED', 'S', 'scope is present if it differs from the requested one.'],
  ['5.1-4', 'MUST', 'S', 'The response is JSON with JSON types.'],
  ['5.1-5', 'MUST', 'S', 'Nothing sensitive may be cached: no-store and no-cache.'],
  ['5.1-6', 'MUST', 'C', 'Unknown members are ignored.'],
  ['5.1-7', 'SHOULD', 'O', 'Token sizes are documented.'],
  ['5.2-1', 'MUST', 'S', 'Errors are 400 unless specified otherwise.'],
  ['5.2-2', 'MAY/MUST', 'S', 'invalid_client is 401, with a challenge if the Authorization header was used.'],
  [
    '5.2-3',
    'MUST',
    'S',
    'invalid_grant is the error for invalid, expired and revoked grants, and for those of another client.',
  ],
  ['5.2-4', 'MUST', 'S', 'unauthorized_client is the error if the client may not use the grant.'],
  ['5.2-5', 'MUST', 'S', 'invalid_scope is the error for an unknown, malformed or too wide scope.'],
  ['5.2-6', 'MUST NOT', 'S', 'Errors use only the allowed characters and repeat nothing of the request.'],
  ['6-1', 'MUST', 'S', 'A refresh authenticates the client, and checks that the token belongs to it.'],
  ['6-2', 'MUST NOT', 'S', 'A refresh may narrow the scope and never widen it.'],
  ['6-3', 'MUST', 'C', 'The client replaces its refresh token.'],
  ['6-4', 'MUST', 'S', 'A new refresh token keeps the scope of the old one.'],
  ['10.1-1', 'MUST NOT', 'O', 'Native apps get no shared secret.'],
  ['10.2-1', 'MUST', 'S', 'Clients that have credentials authenticate.'],
  ['10.2-2', 'SHOULD', 'P', 'The page names client and scope before consent.'],
  ['10.2-3', 'SHOULD NOT', 'P', 'Consent is not repeated automatically for an unauthenticated client.'],
  ['10.3-1', 'MUST', 'S', 'Stores hold hashes of codes and tokens only.'],
  ['10.3-2', 'MUST', 'S', 'Tokens cannot be guessed or altered.'],
  ['10.4-1', 'MUST', 'S', 'A refresh token is bound to its client.'],
  ['10.5-1', 'MUST', 'S', 'A device code gives tokens once; a late replay revokes the tokens.'],
  ['10.6', 'note', '', 'Redirect URIs and their abuse.', na('this grant has no redirect URI')],
  ['10.8-1', 'MUST NOT', 'SC', 'No secret reaches a log, an event or an error.'],
  ['10.9-1', 'MUST', 'C', 'The client validates certificates.'],
  ['10.10-1', 'MUST/SHOULD', 'S', 'Credentials for machines have more than 160 random bits.'],
  ['10.11-1', 'MUST', 'P', 'Pages for users are served over TLS.'],
  ['10.12-1', 'MUST', 'P', 'Decisions are protected against cross-site requests.'],
  ['10.13-1', 'SHOULD', 'P', 'The pages cannot be framed.'],
  ['10.14-1', 'MUST', 'SC', 'All input is checked.'],
  ['10.15-1', 'MUST', 'P', 'No open redirect.'],
])

const rfc6750 = rows('RFC 6750', '6750', [
  ['2-1', 'MUST NOT', 'CR', 'A request with tokens in two places is refused.'],
  ['2.1-1', 'MUST', 'CR', 'The Authorization header is read with a case-insensitive scheme; a malformed one gets 400.'],
  ['2.2-1', 'SHOULD NOT', 'CR', 'A token in the body is not read.'],
  ['2.3-1', 'SHOULD NOT', 'CR', 'A token in the URL is not read.'],
  ['3-1', 'MUST', 'R', 'A 401 has a Bearer challenge, without an error code if there was no token.'],
  ['3-2', 'MUST NOT', 'R', 'No attribute of the challenge occurs twice, and it repeats nothing of the request.'],
  [
    '3.1-1',
    'SHOULD',
    'R',
    'invalid_request is 400, invalid_token is 401, insufficient_scope is 403 with the needed scope.',
  ],
  ['5.2-1', 'MUST', 'S', 'Access tokens live an hour by default.'],
  ['5.3-1', 'MUST/SHOULD', 'C', 'The client keeps its tokens safe.'],
])

const rfc7009 = rows('RFC 7009', '7009', [
  ['2-1', 'MUST', 'S', 'Refresh tokens and access tokens can be revoked.'],
  ['2-2', 'MUST', 'SC', 'The endpoint’s address is https.'],
  ['2.1-1', 'REQUIRED', 'S', 'token is required; a wrong or unknown hint does not hide the token.'],
  ['2.1-2', 'MUST', 'S', 'Only the client of a token can revoke it; others learn nothing about it.'],
  ['2.1-3', 'MUST', 'S', 'Revocation takes effect at once.'],
  ['2.1-4', 'SHOULD', 'S', 'Revoking a refresh token ends the access tokens of its grant.'],
  ['2.1-5', 'MAY', 'S', 'Revoking an access token may leave the refresh token.'],
  ['2.2-1', 'MUST', 'S', 'An unknown token gets 200 as well.'],
  ['2.2.1-1', 'MUST', 'S', 'If the store fails, the answer is 503 with Retry-After, and the token is still valid.'],
  ['2.3-1', 'MAY', 'S', 'No JSONP: GET is 405.'],
  ['5-1', 'MUST', 'S', 'Guessing tokens and secrets at this endpoint is infeasible.'],
])

const ext7009 = rows('our addition', 'ext-7009', [
  ['1', 'own', 'SC', 'A device that gives up revokes its device code; after that, polls and the page report the end.'],
])

const rfc7662 = rows('RFC 7662', '7662', [
  ['2.1-1', 'MUST', 'S', 'The endpoint accepts POST with token; the hint is only a hint.'],
  ['2.1-2', 'MUST', 'S', 'The caller must be authorized; public clients are not.'],
  [
    '2.2-1',
    'REQUIRED',
    'S',
    'For a token that is not live, or that the caller may not see, the answer is {"active":false} only.',
  ],
  [
    '2.2-2',
    'OPTIONAL',
    'S',
    'For a live token the answer has scope, client, user, issuer and times, each with its type.',
  ],
  ['2.2-3', 'MUST', 'S', 'A caller that may not see a token gets inactive.'],
  ['2.3-1', 'MUST', 'S', 'A caller that fails to authenticate gets 401; an inactive token is not an error.'],
  ['4-1', 'MUST', 'S', 'Expiry, revocation and the user’s account are all checked.'],
  ['4-2', 'MUST', 'S', 'Answers are not cached.'],
])

const rfc8414 = rows('RFC 8414', '8414', [
  ['2-1', 'REQUIRED', 'S', 'issuer is exactly the configured one, for any Host header.'],
  ['2-2', 'REQUIRED', 'S', 'token_endpoint and response_types_supported are present.'],
  [
    '2-3',
    'OPTIONAL',
    'S',
    'The listed grant types, scopes and authentication methods are those that the server accepts.',
  ],
  ['2.1-1', 'OPTIONAL', 'S', 'Signed metadata.', na('not offered')],
  ['3-1', 'MUST', 'S', 'The well-known path is inserted before the path of the issuer.'],
  ['3.2-1', 'MUST', 'S', 'GET gets 200 with JSON; other methods get 405.'],
  ['3.3-1', 'MUST', 'C', 'The client checks the issuer.'],
])

const rfc9700 = rows('RFC 9700', '9700', [
  ['2.1-1', 'MUST NOT', 'SPC', 'No open redirect.'],
  ['2.1-2', 'MUST', 'S', 'Redirects are 303, never 307.'],
  [
    '2.1.1',
    'MUST',
    'S',
    'If PKCE is offered for this grant, it is S256 and cannot be left out.',
    na('PKCE is not offered for this grant'),
  ],
  ['2.2.1-1', 'SHOULD', 'S', 'Access tokens are bound to their sender.', note('DPoP, planned with `@device-auth/jwt`')],
  ['2.2.2-1', 'MUST', 'S', 'Refresh tokens of public clients rotate.'],
  ['2.3-1', 'SHOULD', 'S', 'A token allows no more than was granted.'],
  ['2.4-1', 'MUST NOT', 'S', 'There is no password grant.'],
  ['2.5-1', 'SHOULD', 'S', 'Clients that can authenticate do.'],
  ['2.6-1', 'RECOMMENDED', 'SC', 'The metadata is published.'],
  [
    '2.6-2',
    'SHOULD NOT',
    'S',
    'Clients do not choose ids that look like users.',
    na('there is no dynamic registration'),
  ],
  ['2.6-3', 'MUST NOT', 'S', 'The pages allow no cross-origin reading.'],
  ['3', 'MUST', 'O', 'The attackers of the threat model have been considered.'],
  ['4.2.4-1', 'SHOULD NOT', 'P', 'The pages load nothing from other origins and send no referrer.'],
  ['4.2.4-2', 'MUST', 'S', 'A code can be used once; a later use revokes its tokens.'],
  ['4.3.2', 'MUST NOT', 'C', 'No token in a query.'],
  ['4.12', 'MUST NOT/SHOULD', 'P', 'A POST redirects by 303.'],
  ['4.13-1', 'MUST', 'OS', 'Proxy headers are trusted only if the framework is configured to trust them.'],
  [
    '4.14-1',
    'MUST',
    'S',
    'The application can refuse or narrow tokens before they are issued; they never exceed the consent.',
  ],
  ['4.14-2', 'MUST', 'S', 'A refresh token that is used after its replacement revokes the grant.'],
  ['4.14-3', 'MAY/SHOULD', 'S', 'All grants of a user can be revoked; unused refresh tokens expire.'],
  ['4.15-1', 'SHOULD NOT', 'S', 'A client cannot be mistaken for a user.', na('no token has a client as its subject')],
  ['4.16-1', 'MUST/SHOULD', 'P', 'Every page, errors included, forbids framing.'],
])

const http = [
  ...rows('RFC 9110 and 6585', '9110', [
    ['15.5.6', 'MUST', 'S', 'A 405 names the methods that the endpoint accepts.'],
    ['10.2.3', 'own', 'S', 'A 429 has Retry-After, and is an OAuth error.'],
  ]),
  ...rows('RFC 9110 and 6585', '6585', [['4', 'MAY', 'S', 'Normal polling never gets 429.']]),
]

const later = note('planned: a later issue')

const faults = rows('faults and attacks', 'F', [
  ['01', 'own', 'S', 'Parallel redemptions of one code make one token family, and the losers revoke nothing.'],
  ['02', 'own', 'S', 'If approve and deny race, one wins permanently.'],
  ['03', 'own', 'S', 'If two accounts approve, one is bound, and for the other the code is unknown.'],
  ['04', 'own', 'SP', 'After deny, going back and approving, the request stays denied.'],
  ['05', 'own', 'S', 'An approval after the redemption revives nothing.'],
  ['06', 'own', 'S', 'What a poll writes never undoes a decision.'],
  [
    '07',
    'own',
    'SP',
    'An approval after the expiry changes nothing; an approved code that is not redeemed in time expires.',
  ],
  ['08', 'own', 'S', 'A denial during a poll is answered to the next poll.'],
  ['09', 'own', 'S', 'If two requests draw the same user code, one draws again.'],
  [
    '10',
    'own',
    'S',
    'A burst of polls raises the interval once; a client with a steady pace is not slowed down forever.',
  ],
  ['11', 'own', 'S', 'Two parallel refreshes with one token give one new token.'],
  ['12', 'own', 'S', 'An account locked between approval and redemption gets no token.'],
  [
    '13',
    'own',
    'S',
    'A client that is removed or restricted before the redemption gets no more than it may at that time.',
  ],
  ['14', 'own', 'S', 'If revocation and redemption race, no live token is left.'],
  ['15', 'own', 'S', 'If the store fails at any step, nothing is left half done, and the flow can go on.'],
  ['16', 'own', 'S', 'If a process dies during the redemption, the approval is kept and no second family is made.'],
  ['17', 'own', 'S', 'A lost token response is repeated within the grace period.'],
  ['18', 'own', 'S', 'If the hook saveToken fails or is late, the code can still be redeemed, once.'],
  ['19', 'own', 'S', 'A code or token of one kind is refused in place of another kind.'],
  ['20', 'own', 'S', 'A failover that forgets a redemption makes no second family.', later],
  ['21', 'own', 'S', 'An evicted record never reads as approved.', later],
  ['22', 'own', 'S', 'All keys of one step are in one slot of a Redis cluster.', later],
  ['23', 'own', 'S', 'Deadlocks and busy databases are retried within bounds.', later],
  ['24', 'own', 'S', 'The contract detects a store without compare-and-set.', later],
  ['25', 'own', 'S', 'Clocks that differ or go back do no harm.', later],
  ['26', 'own', 'S', 'A store failure at a poll does not end the sign-in.', later],
  ['27', 'own', 'S', 'A shutdown finishes the current requests.', later],
  ['28', 'own', 'S', 'Unused records are limited in number and deleted.', later],
  ['29', 'own', 'S', 'Ten thousand waiting devices can be served.', later],
  ['30', 'own', 'SP', 'All ways to present a user code share one budget of attempts.', later],
  ['31', 'own', 'SP', 'Neither a right code nor another spelling resets the budget.', later],
  ['32', 'own', 'S', 'A forged forwarding header changes no address.', later],
  ['33', 'own', 'SP', 'Guesses from many addresses are limited by the budget of the server.', later],
  ['34', 'own', 'SP', 'A spent budget of an address does not lock out its users.', later],
  ['35', 'own', 'S', 'The comparison of secrets takes constant time.', later],
  ['36', 'own', 'S', 'Unknown codes, used codes and codes of others get the same answer.', later],
  ['37', 'own', 'S', 'No header of the request gets into an address.', later],
  ['38', 'own', 'P', 'Similar characters are converted or refused, and never cause an error of the server.', later],
  ['39', 'own', 'S', 'A flood of polls is answered without the store.', later],
  ['40', 'own', 'P', 'Cross-site posts change nothing.', later],
  ['41', 'own', 'P', 'GET and HEAD change nothing.', later],
  ['42', 'own', 'P', 'The page names the account that is about to approve.', later],
  ['43', 'own', 'P', 'A handle from before the log-in is not valid after it.', later],
  ['44', 'own', 'P', 'Two tabs with two codes never affect each other.', later],
  ['45', 'own', 'P', 'Every page has the headers that protect it from other sites.', later],
  ['46', 'own', 'P', 'No spelling of an address makes a redirect leave this origin.', later],
  ['47', 'own', 'P', 'Text from client, device and user is escaped everywhere.', later],
  ['48', 'own', 'P', 'Misleading names are cut, isolated and marked as not verified.', later],
  ['49', 'own', 'P', 'A user code in an address does not leak.', later],
  ['50', 'own', 'C', 'A device refuses hostile answers of a server.'],
  ['51', 'own', 'S', 'Huge, endless and compressed bodies, and those with a wrong length, are refused.'],
  ['52', 'own', 'S', 'Too many parameters are refused in a short time.'],
  ['53', 'own', 'S', 'No special name and no JSON makes a parameter anything but one string.'],
  ['54', 'own', 'S', 'Names of object prototypes are treated like all other names.'],
  ['55', 'own', 'S', 'Body parsers in front of the server change no answer.'],
  ['56', 'own', 'S', 'Wrong content types are refused.'],
  ['57', 'own', 'S', 'Malformed encodings and control characters are errors of the request, never of the server.'],
  ['58', 'own', 'S', 'Nothing of a request can break a response header.'],
  ['59', 'own', 'S', 'No regular expression takes long on any input.'],
  ['60', 'own', 'S', 'Unusual methods and paths do not bypass any check.'],
  ['61', 'own', 'S', 'Unusual Authorization headers get 400 or 401.'],
  ['62', 'own', 'S', 'No cross-origin access to the pages, and none with credentials anywhere.'],
  ['63', 'own', 'S', 'No cache gives one user the page of another.'],
  ['64', 'own', 'S', 'A hook that throws, rejects or hangs leads to a normal error response in time.'],
  ['65', 'own', 'S', 'Logs, events and inspected objects contain no secret.'],
  ['66', 'own', 'S', 'Core has no dependencies, and no package runs anything at installation.'],
])

/** Cross-Device Flows: Security Best Current Practice. */
const crossDevice = rows('Cross-Device Flows BCP', 'XD', [
  ['2-1', 'MUST', 'S', 'The risk is assessed before use; `describePolicy()` says which mitigations are on.'],
  [
    '2-2',
    'SHOULD',
    'O',
    'If the risk is not acceptable, another protocol is used.',
    na('docs/security/when-to-use.md'),
  ],
  ['2-4', 'MUST', 'S', 'Mitigations are chosen by a named preset; without one there is a warning in production.'],
  ['2-5', 'SHOULD', 'S', 'Proximity is one of the mitigations if possible.', na('see XD-6.1.1')],
  [
    '5-1',
    'SHOULD NOT',
    'SP',
    'The page warns of a request from the browser that approves it, or the approval is refused.',
  ],
  [
    '6.1.1',
    'SHOULD',
    'SP',
    'Device and user are compared by network and country; if they differ, the page warns or the approval is refused.',
  ],
  ['6.1.2', 'note', 'S', 'Codes are short-lived.', na('see 8628-3.2-6 and 8628-5.4-4')],
  [
    '6.1.3',
    'MAY',
    'SP',
    'A code is valid for the browser and account that presented it first, which may present it again.',
  ],
  ['6.1.4', 'MAY', 'S', 'A code that a second account presents in another browser is closed, with an event.'],
  ['6.1.5', 'note', 'O', 'Address and format of the code are documented for mail filters.'],
  ['6.1.6', 'MAY', 'S', 'Grants can be ended at once by user, client or requester.'],
  ['6.1.7', 'MAY', 'S', 'A client can use the grant only if its registration has it.'],
  ['6.1.8', 'SHOULD', 'S', 'A client can be bound to networks.'],
  ['6.1.9', 'MAY', 'S', 'A client can have a separate limit of scopes for this grant.'],
  ['6.1.10', 'note', 'S', 'Tokens of this grant are short-lived, as set by the options.'],
  ['6.1.11', 'MAY', 'S', 'Requests are limited by client and address, approvals by user.'],
  ['6.1.12', 'note', 'S', 'Tokens are bound to the device.', note('comes with DPoP')],
  ['6.1.13', 'MAY', 'SP', 'With an event and a link, the application can tell the user about a new device.'],
  [
    '6.1.14',
    'SHOULD',
    'P',
    'The page shows the client and its scopes; declining is as easy as approving, and Enter does not approve.',
  ],
  ['6.1.15', 'note', 'S', 'A request can be bound to a user in advance.'],
  ['6.1.16', 'MAY', 'SP', 'A number on the phone has to be typed on the device.'],
  ['6.1.17', 'MAY', 'SP', 'A message of the device is shown on the page.'],
  ['6.2', 'should', 'O', 'The flow is not used for the most sensitive access, and never without further mitigations.'],
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
  ...http,
  ...crossDevice,
  ...faults,
]
