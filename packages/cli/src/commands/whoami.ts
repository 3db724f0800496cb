import { discover } from '@device-auth/client'
import { exchangeOutcome, failureError } from '../errors.ts'
import type { ServerOptions } from '../options.ts'
import { freshToken } from '../saved/fresh-token.ts'
import { describeOwner, findSaved, type Saved } from '../saved/sign-ins.ts'
import { tokenStore } from '../saved/token-store.ts'
import type { UsableToken } from '../server/authorization.ts'
import { type Connection, connect, requestOptions } from '../server/connection.ts'
import { type Claims, claimsOf, displayName, fetchClaims, introspect, knownUserinfo } from '../server/identity.ts'
import { repeat } from '../server/repeat.ts'
import { jsonLine, plain } from '../terminal/plain-text.ts'
import { Screen } from '../terminal/screen.ts'
import type { Surroundings } from '../terminal/surroundings.ts'

/** The sources of a name, in the order in which they are tried. */
type Source = 'userinfo' | 'id_token' | 'introspection'

/** `whoami`: prints who is signed in, from the first source of the server that has a name. Without a name, prints where. */
export async function whoami(options: ServerOptions, surroundings: Surroundings): Promise<void> {
  const { stdout, stderr } = surroundings
  const store = tokenStore(options, surroundings)
  const saved = await findSaved(options, store)
  const screen = new Screen(stderr, surroundings)
  const connection = await connect(saved.owner.issuer, options, surroundings, screen)
  const stored = await freshToken(saved, options, store, connection, screen)
  const found = await identify(saved, stored, options.userinfo, connection)
  const { issuer, clientId } = saved.owner
  if (options.json) {
    stdout.write(jsonLine({ issuer, client_id: clientId, source: found?.source, claims: found?.claims }))
    return
  }
  const name = found && displayName(found.claims)
  if (found === undefined || name === undefined) {
    // OAuth alone does not say who a user is, so this is no failure: RFC 6749 has no userinfo
    stdout.write(`Signed in at ${describeOwner(saved.owner)}\n`)
    screen.line('The server does not say who you are. If it has a userinfo endpoint, pass it as --userinfo https://...')
    return
  }
  const { sub } = found.claims
  const subject = typeof sub === 'string' && sub !== name ? ` (${plain(sub, 100)})` : ''
  stdout.write(`${name}${subject} at ${describeOwner(saved.owner)}\n`)
}

async function identify(
  { owner }: Saved,
  stored: UsableToken,
  userinfo: string | undefined,
  connection: Connection,
): Promise<{ readonly source: Source; readonly claims: Claims } | undefined> {
  const { issuer, clientId } = owner
  const find = () => repeat(() => discover(issuer, requestOptions(connection)), connection)
  const metadata = userinfo === undefined ? await find() : undefined
  const endpoint = (member: string): string | undefined => {
    const address = metadata?.ok ? metadata.document[member] : undefined
    return typeof address === 'string' ? address : undefined
  }
  const sources: readonly [Source, () => Promise<Claims | undefined> | Claims | undefined][] = [
    [
      'userinfo',
      () => fetchClaims(userinfo ?? knownUserinfo(issuer) ?? endpoint('userinfo_endpoint'), stored, connection),
    ],
    ['id_token', () => claimsOf(stored.idToken)],
    ['introspection', () => introspect(endpoint('introspection_endpoint'), stored, clientId, connection)],
  ]
  for (const [source, readClaims] of sources) {
    const claims = await readClaims()
    if (claims !== undefined && displayName(claims) !== undefined) return { source, claims }
  }
  connection.signal?.throwIfAborted()
  // the server may say who the user is, but could not be asked; one whose endpoints are given may have no metadata at all
  const isUnreachable = metadata?.ok === false && metadata.retryable && connection.tokenEndpoint === undefined
  if (isUnreachable) throw failureError(metadata, owner, exchangeOutcome(metadata))
  return undefined
}
