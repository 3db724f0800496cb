/** Who has to keep a requirement: the server, its page, a device client, a resource server, an operator. */
type Party = 'server' | 'page' | 'client' | 'resource server' | 'operator'

/** One requirement; tests are tied to it by the id that their names begin with. */
export interface Requirement {
  readonly id: string
  readonly source: string
  readonly level: string
  readonly binds: readonly Party[]
  readonly requirement: string
  /** Why no test of this repository can or need cover it. */
  readonly notApplicable?: string
  /** What an open one waits for. */
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

/** A row that binds neither server, page nor resource server is not ours to keep. */
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
  ['3.1-1', 'MUST', 'S', 'Device authorization is an endpoint of its own and takes POST alone; anything else is 405.'],
  ['3.1-2', 'MUST', 'S', 'The body is a UTF-8 urlencoded form; other media types are refused.'],
  ['3.1-3', 'REQUIRED', 'S', 'A client that does not authenticate has to send client_id.'],
  ['3.1-4', 'OPTIONAL', 'S', 'Without a scope the default is fixed when the codes are issued.'],
  ['3.1-5', 'MUST', 'SC', 'TLS only: an http issuer that is not loopback is refused at construction.'],
  ['3.1-6', 'MUST', 'S', 'An empty parameter counts as absent.'],
  ['3.1-7', 'MUST', 'S', 'Parameters nobody knows are ignored.'],
  ['3.1-8', 'MUST NOT', 'SC', 'A repeated parameter is refused, and nothing is created or used up by it.'],
  ['3.1-9', 'MUST NOT', 'S', 'No member occurs twice in a JSON answer.'],
  ['3.1-10', 'MUST', 'S', 'Clients authenticate here as they do at the token endpoint.'],
  ['3.1-11', 'MUST', 'S', 'A public client says who it is by client_id.'],
  ['3.1-12', 'SHOULD', 'C', 'A device starts the flow when its user asks, never by itself.'],
  ['3.2-1', 'MUST', 'S', 'Codes are unique among the living and end; a collision draws again and overwrites nothing.'],
  ['3.2-2', 'MUST', 'S', 'Success is 200 with application/json.'],
  [
    '3.2-3',
    'REQUIRED',
    'S',
    'device_code, user_code, verification_uri and expires_in are there, each of its own type.',
  ],
  ['3.2-4', 'note', 'S', 'The verification address is short enough to type.'],
  ['3.2-5', 'OPTIONAL', 'S', 'verification_uri_complete carries the code; the member is absent when turned off.'],
  ['3.2-6', 'REQUIRED', 'S', 'expires_in ends the device code and the user code alike.'],
  ['3.2-7', 'OPTIONAL', 'SC', 'The interval is told; clients assume 5 seconds without it.'],
  ['3.2-8', 'MUST', 'S', 'Errors have the form of RFC 6749 section 5.2.'],
  ['3.3-1', 'note', 'C', 'The device shows code and address and asks for a second device.'],
  ['3.3-2', 'MUST', 'P', 'Nobody decides without having signed in.'],
  ['3.3-3', 'MUST', 'P', 'The page at verification_uri asks for the code; nothing is approved without it.'],
  ['3.3-4', 'should', 'P', 'The page says what is asked for and offers approve and deny; GET changes nothing.'],
  ['3.3-5', 'should', 'P', 'The last page sends the user back to the device.'],
  ['3.3-6', 'should', 'CP', 'The device code is never shown.'],
  ['3.3-7', 'NOT RECOMMENDED', 'S', 'verification_uri holds no code.'],
  ['3.3-8', 'MAY', 'P', 'A log-in or sign-up on the way keeps the code and gives it to no third party.'],
  ['3.3.1-1', 'MAY', 'C', 'The complete address may be shown as a QR code.'],
  ['3.3.1-2', 'RECOMMENDED', 'C', 'The plain address stays visible beside the QR code.'],
  ['3.3.1-3', 'MUST', 'C', 'The user code stays visible beside the QR code.'],
  ['3.3.1-4', 'MUST', 'P', 'The complete address leads to the confirm page, never to an approval.'],
  ['3.3.1-5', 'SHOULD', 'P', 'The confirm page shows the code and asks to compare it.'],
  ['3.3.1-6', 'should', 'P', 'Both approve and deny are offered.'],
  ['3.4-1', 'MUST', 'S', 'grant_type is the URN, letter by letter.'],
  ['3.4-2', 'REQUIRED', 'S', 'device_code has to be there.'],
  ['3.4-3', 'REQUIRED', 'S', 'client_id has to be there unless the client authenticates.'],
  ['3.4-4', 'MUST', 'S', 'A client with credentials has to present them; a failure leaves the code as it was.'],
  ['3.4-5', 'MUST', 'S', 'A code is its client’s: for another one it looks unknown, in whatever state.'],
  ['3.4-6', 'note', 'S', 'Polling again and again is ordinary and does no harm.'],
  ['3.5-1', 'MUST', 'S', 'After approval a poll gets the token response.'],
  ['3.5-2', 'MUST', 'S', 'Before the decision a poll gets authorization_pending, the first one too.'],
  ['3.5-3', 'MUST', 'S', 'slow_down is told while pending only and never hides a decision.'],
  ['3.5-4', 'MUST', 'SC', 'Each slow_down adds 5 seconds, for this code, for good.'],
  ['3.5-5', 'SHOULD', 'C', 'The client goes on while pending.'],
  ['3.5-6', 'MUST', 'C', 'The client waits an interval before each poll.'],
  ['3.5-7', 'MUST', 'S', 'After a denial every poll is told access_denied until the code is forgotten.'],
  ['3.5-8', 'MUST', 'S', 'After the end every poll is told expired_token for a tombstone time.'],
  ['3.5-9', 'MAY/SHOULD', 'C', 'A new request after the end waits for the user.'],
  ['3.5-10', 'MUST', 'C', 'Any other error ends the polling.'],
  ['3.5-11', 'MUST', 'C', 'A connection timeout makes the client poll less.'],
  ['3.5-12', 'RECOMMENDED', 'C', 'It backs off exponentially.'],
  ['3.5-13', 'MAY', 'C', 'Another channel may replace polling.'],
  ['4-1', 'MUST', 'S', 'Metadata lists the grant type.'],
  ['4-2', 'OPTIONAL', 'S', 'Metadata gives the endpoint’s address, and it answers there.'],
  ['5.1-1', 'recommended', 'SP', 'Attempts at user codes are limited.'],
  [
    '5.1-2',
    'SHOULD',
    'S',
    'Alphabet, length, lifetime and limits that make guessing likely are refused at construction.',
  ],
  ['5.2-1', 'SHOULD', 'S', 'A device code has 256 random bits.'],
  ['5.3-1', 'note', 'CO', 'A device pins whom it talks to.'],
  ['5.4-1', 'RECOMMENDED', 'P', 'The page says that a device is being signed in and asks whether it is at hand.'],
  ['5.4-2', 'SHOULD', 'P', 'The page shows where the request came from, as unverified.'],
  ['5.4-3', 'note', 'P', 'The complete address confirms by hand, never by itself.'],
  ['5.4-4', 'note', 'S', 'Codes live 10 minutes by default, and within bounds.'],
  ['5.5-1', 'SHOULD', 'C', 'The device minds who else can read its screen.'],
  [
    '5.5-2',
    'note',
    'SP',
    'The first account that presents a code is the only one to decide; for others it is unknown.',
  ],
  ['5.6-1', 'note/should', 'S', 'Consent is asked of a public client every time.'],
  ['5.7-1', 'RECOMMENDED', 'C', 'Codes go over a channel that only someone nearby can see.'],
  ['6.1-1', 'should', 'P', 'Spaces and punctuation in a typed code do not matter.'],
  ['6.1-2', 'should', 'P', 'Nor does case, in any locale.'],
  ['6.1-3', 'recommended', 'P', 'Characters outside the alphabet are dropped, full-width forms folded.'],
  ['6.1-4', 'RECOMMENDED', 'S', 'The alphabet has no look-alikes and no vowels.'],
  ['6.1-5', 'MAY', 'P', 'Look-alikes are folded where that is unambiguous.'],
  ['6.2-1', 'MAY', '', 'Codes may travel by other channels.', na('out of scope')],
  ['7-1', 'MUST', 'S', 'The registered names are spelled as registered.'],
])

const rfc6749 = rows('RFC 6749', '6749', [
  ['2.3-1', 'MUST NOT', 'S', 'A public client’s name proves nothing; the page says so.'],
  ['2.3-2', 'MUST NOT', 'SC', 'Two authentication methods in one request are refused.'],
  ['2.3.1-1', 'MUST', 'S', 'Basic credentials are form-decoded; malformed ones are invalid_client, never a 500.'],
  ['2.3.1-2', 'MUST', 'S', 'Basic works for clients with a secret.'],
  ['2.3.1-3', 'MAY', 'S', 'A secret in the body works only for clients registered for it.'],
  ['2.3.1-4', 'MUST NOT', 'SC', 'Credentials and parameters in the URL are not read.'],
  ['2.3.1-5', 'MUST', 'S', 'Secrets cross the network by TLS only.'],
  ['2.3.1-6', 'MUST', 'S', 'Wrong secrets are limited by client and address; others are not locked out.'],
  ['2.3.2-1', 'MUST', 'S', 'A client authenticates by its registered method and no other.'],
  ['3.1-1', 'MUST', 'P', 'The user is identified first.'],
  ['3.1-2', 'MUST NOT', 'S', 'The address of an endpoint has no fragment.'],
  ['3.2-1', 'MUST', 'SC', 'The token endpoint takes POST alone.'],
  ['3.2-2', 'MUST', 'S', 'Empty parameters count as absent at token, revocation and introspection.'],
  ['3.2-3', 'MUST', 'S', 'Unknown parameters are ignored there.'],
  ['3.2-4', 'MUST NOT', 'S', 'Repeated parameters are refused there.'],
  ['3.2.1-1', 'MUST', 'S', 'Confidential clients authenticate.'],
  ['3.3-1', 'MUST', 'S', 'Scope keeps to its grammar, and case matters.'],
  ['3.3-2', 'MUST', 'S', 'The granted scope is told, as it may be narrower.'],
  ['3.3-3', 'MUST', 'S', 'No scope means the default or invalid_scope.'],
  ['3.3-4', 'SHOULD', 'O', 'Scopes are documented.'],
  ['5.1-1', 'REQUIRED', 'S', 'access_token and token_type are there.'],
  ['5.1-2', 'RECOMMENDED', 'S', 'expires_in is a number of seconds.'],
  ['5.1-3', 'REQUIRED', 'S', 'scope is there when it differs.'],
  ['5.1-4', 'MUST', 'S', 'The answer is JSON with JSON types.'],
  ['5.1-5', 'MUST', 'S', 'Nothing sensitive may be cached: no-store and no-cache.'],
  ['5.1-6', 'MUST', 'C', 'Unknown members are ignored.'],
  ['5.1-7', 'SHOULD', 'O', 'Token sizes are documented.'],
  ['5.2-1', 'MUST', 'S', 'Errors are 400 unless said otherwise.'],
  ['5.2-2', 'MAY/MUST', 'S', 'invalid_client is 401, with a challenge when the header was used.'],
  ['5.2-3', 'MUST', 'S', 'invalid_grant stands for invalid, expired, revoked and foreign alike.'],
  ['5.2-4', 'MUST', 'S', 'unauthorized_client when the client may not use the grant.'],
  ['5.2-5', 'MUST', 'S', 'invalid_scope for unknown, malformed or too much.'],
  ['5.2-6', 'MUST NOT', 'S', 'Errors keep to their character set and repeat nothing of the request.'],
  ['6-1', 'MUST', 'S', 'Refreshing authenticates the client and checks whose token it is.'],
  ['6-2', 'MUST NOT', 'S', 'A refresh may narrow the scope and never widen it.'],
  ['6-3', 'MUST', 'C', 'The client replaces its refresh token.'],
  ['6-4', 'MUST', 'S', 'A new refresh token keeps the scope of the old one.'],
  ['10.1-1', 'MUST NOT', 'O', 'Native apps get no shared secret.'],
  ['10.2-1', 'MUST', 'S', 'Clients authenticate whenever they can.'],
  ['10.2-2', 'SHOULD', 'P', 'The page names client and scope before consent.'],
  ['10.2-3', 'SHOULD NOT', 'P', 'Consent is not repeated automatically for an unauthenticated client.'],
  ['10.3-1', 'MUST', 'S', 'Stores hold hashes of codes and tokens only.'],
  ['10.3-2', 'MUST', 'S', 'Tokens cannot be guessed or altered.'],
  ['10.4-1', 'MUST', 'S', 'A refresh token is bound to its client.'],
  ['10.5-1', 'MUST', 'S', 'A device code gives tokens once; a late replay revokes them.'],
  ['10.6', 'note', '', 'Redirect URIs and their abuse.', na('this grant has no redirect URI')],
  ['10.8-1', 'MUST NOT', 'SC', 'No secret reaches a log, an event or an error.'],
  ['10.9-1', 'MUST', 'C', 'The client validates certificates.'],
  ['10.10-1', 'MUST/SHOULD', 'S', 'Machine credentials exceed 160 bits.'],
  ['10.11-1', 'MUST', 'P', 'Pages for people are served by TLS.'],
  ['10.12-1', 'MUST', 'P', 'Decisions are protected against cross-site requests.'],
  ['10.13-1', 'SHOULD', 'P', 'The pages cannot be framed.'],
  ['10.14-1', 'MUST', 'SC', 'All input is checked.'],
  ['10.15-1', 'MUST', 'P', 'No open redirect.'],
])

const rfc6750 = rows('RFC 6750', '6750', [
  ['2-1', 'MUST NOT', 'CR', 'A token in two places at once is refused.'],
  ['2.1-1', 'MUST', 'CR', 'The Authorization header is read, the scheme in any case; malformed ones are 400.'],
  ['2.2-1', 'SHOULD NOT', 'CR', 'A token in the body is not read.'],
  ['2.3-1', 'SHOULD NOT', 'CR', 'A token in the URL is not read.'],
  ['3-1', 'MUST', 'R', 'A 401 carries a Bearer challenge, without an error when there was no token.'],
  ['3-2', 'MUST NOT', 'R', 'No attribute occurs twice, and nothing of the request is repeated.'],
  ['3.1-1', 'SHOULD', 'R', 'invalid_request is 400, invalid_token 401, insufficient_scope 403 with the scope.'],
  ['5.2-1', 'MUST', 'S', 'Access tokens live an hour by default.'],
  ['5.3-1', 'MUST/SHOULD', 'C', 'The client keeps its tokens safe.'],
])

const rfc7009 = rows('RFC 7009', '7009', [
  ['2-1', 'MUST', 'S', 'Refresh tokens can be revoked, and access tokens.'],
  ['2-2', 'MUST', 'SC', 'The endpoint’s address is https.'],
  ['2.1-1', 'REQUIRED', 'S', 'token has to be there; a wrong or unknown hint hides nothing.'],
  ['2.1-2', 'MUST', 'S', 'Only the owner revokes; others learn nothing.'],
  ['2.1-3', 'MUST', 'S', 'Revocation takes effect at once.'],
  ['2.1-4', 'SHOULD', 'S', 'Revoking a refresh token ends the access tokens of its grant.'],
  ['2.1-5', 'MAY', 'S', 'Revoking an access token may leave the refresh token.'],
  ['2.2-1', 'MUST', 'S', 'An unknown token is answered 200 as well.'],
  ['2.2.1-1', 'MUST', 'S', 'A failing store is 503 with Retry-After, and the token still lives.'],
  ['2.3-1', 'MAY', 'S', 'No JSONP: GET is 405.'],
  ['5-1', 'MUST', 'S', 'Guessing at this endpoint is made infeasible.'],
])

const ext7009 = rows('our addition', 'ext-7009', [
  ['1', 'own', 'SC', 'A device that gives up revokes its device code; its polls and the page then say so.'],
])

const rfc7662 = rows('RFC 7662', '7662', [
  ['2.1-1', 'MUST', 'S', 'POST with token; the hint is a hint.'],
  ['2.1-2', 'MUST', 'S', 'The caller has to be authorized; a public client is not.'],
  ['2.2-1', 'REQUIRED', 'S', 'Whatever is not live, or not the caller’s to see, is {"active":false} and nothing else.'],
  ['2.2-2', 'OPTIONAL', 'S', 'A live token tells scope, client, user, issuer and times, each of its type.'],
  ['2.2-3', 'MUST', 'S', 'A caller that may not see a token is told inactive.'],
  ['2.3-1', 'MUST', 'S', 'A wrong caller is 401; an inactive token is no error.'],
  ['4-1', 'MUST', 'S', 'Expiry, revocation and the user’s account are all checked.'],
  ['4-2', 'MUST', 'S', 'Answers are not cached.'],
])

const rfc8414 = rows('RFC 8414', '8414', [
  ['2-1', 'REQUIRED', 'S', 'issuer is the configured one, byte by byte, whatever the Host header says.'],
  ['2-2', 'REQUIRED', 'S', 'token_endpoint and response_types_supported are there.'],
  ['2-3', 'OPTIONAL', 'S', 'Grant types, scopes and authentication methods are those that work.'],
  ['2.1-1', 'OPTIONAL', 'S', 'Signed metadata.', na('not offered')],
  ['3-1', 'MUST', 'S', 'The well-known path is inserted before the issuer’s path.'],
  ['3.2-1', 'MUST', 'S', '200 with JSON by GET; other methods are 405.'],
  ['3.3-1', 'MUST', 'C', 'The client compares the issuer.'],
])

const rfc9700 = rows('RFC 9700', '9700', [
  ['2.1-1', 'MUST NOT', 'SPC', 'No open redirect.'],
  ['2.1-2', 'MUST', 'S', 'Redirects are 303, never 307.'],
  [
    '2.1.1',
    'MUST',
    'S',
    'PKCE, where offered for this grant, is S256 and cannot be left out.',
    na('PKCE is not offered for this grant'),
  ],
  ['2.2.1-1', 'SHOULD', 'S', 'Access tokens are bound to their sender.', note('DPoP, planned with `@device-auth/jwt`')],
  ['2.2.2-1', 'MUST', 'S', 'Refresh tokens of public clients rotate.'],
  ['2.3-1', 'SHOULD', 'S', 'A token can do no more than was granted.'],
  ['2.4-1', 'MUST NOT', 'S', 'There is no password grant.'],
  ['2.5-1', 'SHOULD', 'S', 'Clients that can authenticate do.'],
  ['2.6-1', 'RECOMMENDED', 'SC', 'Metadata is published.'],
  [
    '2.6-2',
    'SHOULD NOT',
    'S',
    'Clients do not choose ids that look like users.',
    na('there is no dynamic registration'),
  ],
  ['2.6-3', 'MUST NOT', 'S', 'The pages allow no cross-origin reading.'],
  ['3', 'MUST', 'O', 'The attackers of the threat model have been considered.'],
  ['4.2.4-1', 'SHOULD NOT', 'P', 'The pages load nothing from elsewhere and send no referrer.'],
  ['4.2.4-2', 'MUST', 'S', 'A code is spent at first use and its tokens are revoked at a later one.'],
  ['4.3.2', 'MUST NOT', 'C', 'No token in a query.'],
  ['4.12', 'MUST NOT/SHOULD', 'P', 'A POST redirects by 303.'],
  ['4.13-1', 'MUST', 'OS', 'Proxy headers are believed only where the framework was told to.'],
  ['4.14-1', 'MUST', 'S', 'The application has a say before tokens are issued, and they stay within consent.'],
  ['4.14-2', 'MUST', 'S', 'A refresh token that comes back after its replacement revokes the grant.'],
  ['4.14-3', 'MAY/SHOULD', 'S', 'All grants of a user can be revoked; idle refresh tokens end.'],
  ['4.15-1', 'SHOULD NOT', 'S', 'A client cannot pass for a user.', na('no token has a client as its subject')],
  ['4.16-1', 'MUST/SHOULD', 'P', 'Every page, errors included, forbids framing.'],
])

const http = [
  ...rows('RFC 9110 and 6585', '9110', [
    ['15.5.6', 'MUST', 'S', '405 names the methods that the endpoint takes.'],
    ['10.2.3', 'own', 'S', 'A 429 says when to come back, and is an OAuth error.'],
  ]),
  ...rows('RFC 9110 and 6585', '6585', [['4', 'MAY', 'S', 'Ordinary polling is never answered 429.']]),
]

const later = note('planned: a later issue')

const faults = rows('faults and attacks', 'F', [
  ['01', 'own', 'S', 'Parallel redemptions of one code make one token family, and losers revoke nothing.'],
  ['02', 'own', 'S', 'Approve against deny: one wins, for good.'],
  ['03', 'own', 'S', 'Two accounts approve: one is bound, the other sees an unknown code.'],
  ['04', 'own', 'SP', 'Deny, back, approve: it stays denied.'],
  ['05', 'own', 'S', 'An approval that lands after redemption revives nothing.'],
  ['06', 'own', 'S', 'A poll’s bookkeeping never undoes a decision.'],
  ['07', 'own', 'SP', 'An approval after the end changes nothing; an approved code not fetched in time has expired.'],
  ['08', 'own', 'S', 'A denial during a poll is told at the next.'],
  ['09', 'own', 'S', 'Two requests that draw one user code: one draws again.'],
  ['10', 'own', 'S', 'A burst of polls raises the interval once; a steady client is never slowed for ever.'],
  ['11', 'own', 'S', 'Two refreshes with one token give one successor.'],
  ['12', 'own', 'S', 'An account locked between approval and redemption gets no token.'],
  ['13', 'own', 'S', 'A client that is removed or narrowed in between gets no more than it now may.'],
  ['14', 'own', 'S', 'Revocation against redemption leaves no live token.'],
  ['15', 'own', 'S', 'A store that fails at any step leaves nothing half done, and the flow can go on.'],
  ['16', 'own', 'S', 'A process that dies during redemption loses no approval and makes no second family.'],
  ['17', 'own', 'S', 'A lost answer is given again within the grace.'],
  ['18', 'own', 'S', 'A saveToken hook that fails or is late leaves the code redeemable, once.'],
  ['19', 'own', 'S', 'A code or token of one kind is refused in the place of another.'],
  ['20', 'own', 'S', 'A failover that forgets a redemption makes no second family.', later],
  ['21', 'own', 'S', 'An evicted record never reads as approved.', later],
  ['22', 'own', 'S', 'What one step touches fits one slot of a cluster.', later],
  ['23', 'own', 'S', 'Deadlocks and busy databases are retried within bounds.', later],
  ['24', 'own', 'S', 'A store without compare-and-set is caught by the contract.', later],
  ['25', 'own', 'S', 'Clocks that differ or step back do no harm.', later],
  ['26', 'own', 'S', 'A store failure at a poll does not end the sign-in.', later],
  ['27', 'own', 'S', 'A shutdown finishes what is in flight.', later],
  ['28', 'own', 'S', 'What nobody uses is bounded and goes.', later],
  ['29', 'own', 'S', 'Ten thousand waiting devices are served.', later],
  ['30', 'own', 'SP', 'All ways to present a user code share one budget.', later],
  ['31', 'own', 'SP', 'No success and no spelling resets it.', later],
  ['32', 'own', 'S', 'A forged forwarding header changes no address.', later],
  ['33', 'own', 'SP', 'Guessing from many addresses meets the server’s own budget.', later],
  ['34', 'own', 'SP', 'A spent budget of an address does not lock out its users.', later],
  ['35', 'own', 'S', 'Comparing secrets takes the same time.', later],
  ['36', 'own', 'S', 'Unknown, foreign and used codes look the same.', later],
  ['37', 'own', 'S', 'No header of the request makes it into an address.', later],
  ['38', 'own', 'P', 'Look-alikes are folded or refused, and never crash.', later],
  ['39', 'own', 'S', 'A flood of polls is answered without the store.', later],
  ['40', 'own', 'P', 'Cross-site posts change nothing.', later],
  ['41', 'own', 'P', 'GET and HEAD change nothing.', later],
  ['42', 'own', 'P', 'The page names the account that is about to approve.', later],
  ['43', 'own', 'P', 'A handle from before log-in does not survive it.', later],
  ['44', 'own', 'P', 'Two tabs with two codes never cross.', later],
  ['45', 'own', 'P', 'Every page carries the headers that keep it its own.', later],
  ['46', 'own', 'P', 'No way of writing an address makes a redirect leave this origin.', later],
  ['47', 'own', 'P', 'Text from client, device and user is escaped everywhere.', later],
  ['48', 'own', 'P', 'Misleading names are bounded, isolated and marked unverified.', later],
  ['49', 'own', 'P', 'A user code in an address does not leak.', later],
  ['50', 'own', 'C', 'A device refuses a hostile server’s answers.'],
  ['51', 'own', 'S', 'Huge, endless, compressed and lying bodies end in a clear refusal.'],
  ['52', 'own', 'S', 'Very many parameters are refused in little time.'],
  ['53', 'own', 'S', 'No trick of names or JSON makes a parameter anything but one string.'],
  ['54', 'own', 'S', 'Names of prototypes are names like any other.'],
  ['55', 'own', 'S', 'Body parsers in front change no answer.'],
  ['56', 'own', 'S', 'Wrong content types are refused.'],
  ['57', 'own', 'S', 'Broken encodings and control characters are errors of the request, never of the server.'],
  ['58', 'own', 'S', 'Nothing of a request can break a response header.'],
  ['59', 'own', 'S', 'No pattern takes long on any input.'],
  ['60', 'own', 'S', 'Odd methods and paths find no way around.'],
  ['61', 'own', 'S', 'Odd Authorization headers are 400 or 401.'],
  ['62', 'own', 'S', 'No cross-origin access to the pages, and none with credentials anywhere.'],
  ['63', 'own', 'S', 'No cache ever gives one user another’s page.'],
  ['64', 'own', 'S', 'A hook that throws, rejects or hangs becomes a plain error in time.'],
  ['65', 'own', 'S', 'Logs, events and inspected objects hold no secret.'],
  ['66', 'own', 'S', 'Core has no dependencies, and no package runs anything at installation.'],
])

/** Cross-Device Flows: Security Best Current Practice. */
const crossDevice = rows('Cross-Device Flows BCP', 'XD', [
  ['2-1', 'MUST', 'S', 'The risk is assessed before use; `describePolicy()` says which mitigations are on.'],
  [
    '2-2',
    'SHOULD',
    'O',
    'Where the risk cannot be borne, another protocol is chosen.',
    na('docs/security/when-to-use.md'),
  ],
  ['2-4', 'MUST', 'S', 'Mitigations are chosen: a preset by name, and a warning in production without one.'],
  ['2-5', 'SHOULD', 'S', 'Proximity is among them where it can be.', na('see XD-6.1.1')],
  ['5-1', 'SHOULD NOT', 'SP', 'A request from the very browser that approves it is warned of, or refused.'],
  ['6.1.1', 'SHOULD', 'SP', 'Device and user are compared by network and country: warn, or refuse.'],
  ['6.1.2', 'note', 'S', 'Codes live shortly.', na('see 8628-3.2-6 and 8628-5.4-4')],
  [
    '6.1.3',
    'MAY',
    'SP',
    'A code is good for the browser and account that presented it first, which may come back to it.',
  ],
  ['6.1.4', 'MAY', 'S', 'A code that a second account presents elsewhere is closed, with an event.'],
  ['6.1.5', 'note', 'O', 'Address and form of the code are documented, so that mail filters know them.'],
  ['6.1.6', 'MAY', 'S', 'Grants end at once by user, client or requester.'],
  ['6.1.7', 'MAY', 'S', 'The grant is off for a client unless its registration has it.'],
  ['6.1.8', 'SHOULD', 'S', 'A client may be bound to networks.'],
  ['6.1.9', 'MAY', 'S', 'A client’s scopes for this grant may have a ceiling of their own.'],
  ['6.1.10', 'note', 'S', 'Tokens of this grant live shortly, as the options say.'],
  ['6.1.11', 'MAY', 'S', 'Requests are limited by client and address, and approvals by user.'],
  ['6.1.12', 'note', 'S', 'Tokens are bound to the device.', note('comes with DPoP')],
  ['6.1.13', 'MAY', 'SP', 'An event and a link let the application tell the user of a new device.'],
  [
    '6.1.14',
    'SHOULD',
    'P',
    'The page says who asks and for what; declining is as easy as approving, and Enter does not approve.',
  ],
  ['6.1.15', 'note', 'S', 'A request may be bound to a user in advance.'],
  ['6.1.16', 'MAY', 'SP', 'A number shown on the phone is typed on the device.'],
  ['6.1.17', 'MAY', 'SP', 'A message entered on the device is shown on the page.'],
  ['6.2', 'should', 'O', 'Not for what is most sensitive, and never without further mitigations.'],
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
