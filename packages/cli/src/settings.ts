import { text } from 'node:stream/consumers'
import {
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretPost,
  type DeviceFlowOptions,
  findProfile,
  type ProviderProfile,
  profiles,
} from '@device-auth/client'
import { usageError } from './cli-error.ts'
import { guardedFetch, isSafe } from './guarded-fetch.ts'
import type { OwnerOptions, ServerOptions } from './options.ts'
import { plain } from './plain-text.ts'
import type { Screen } from './screen.ts'
import type { Surroundings } from './surroundings.ts'
import { version } from './version.ts'

/** Which server, and how it is spoken to. */
export type Connection = Pick<
  DeviceFlowOptions,
  'profile' | 'authentication' | 'fetch' | 'dangerouslyAllowHttp' | 'headers' | 'signal' | 'maxAttempts'
>

/** The issuer, as given or as the provider has it; nothing when neither is said. */
export function issuerOf({ issuer, provider }: OwnerOptions): string | undefined {
  const own = provider === undefined ? undefined : profileOf(provider).issuer
  const named = issuer ?? own
  if (named !== undefined && !URL.canParse(named))
    throw usageError(`--issuer is not a URL: ${plain(named)}`, 'It looks like https://example.com/oauth.')
  if (named === undefined && provider !== undefined)
    throw usageError(`${plain(provider)} has an issuer for each customer.`, 'Say which by --issuer https://...')
  return named
}

function profileOf(provider: string): ProviderProfile {
  const profile = findProfile(provider)
  if (profile !== undefined) return profile
  const names = profiles.map(({ name }) => name).join(', ')
  throw usageError(`There is no provider ${plain(provider)}.`, `One of ${names}; any other server by --issuer.`)
}

/** The issuer and the client, which a sign-in cannot do without. */
export function requireOwner(options: OwnerOptions): { readonly issuer: string; readonly clientId: string } {
  const issuer = issuerOf(options)
  const { clientId } = options
  if (issuer === undefined)
    throw usageError('It is not said which server to sign in to.', 'Say --issuer https://... or --provider github.')
  if (clientId === undefined)
    throw usageError('It is not said as which client.', 'Say --client-id, as the server has registered it.')
  return { issuer, clientId }
}

/** The scopes, by spaces; nothing for none. */
export function scopeOf({ scope = [] }: OwnerOptions): string | undefined {
  const scopes = scope.flatMap((one) => one.split(' ')).filter((one) => one !== '')
  return scopes.length === 0 ? undefined : scopes.join(' ')
}

/** How the server of `issuer` is spoken to. */
export async function connect(
  issuer: string,
  options: ServerOptions,
  surroundings: Surroundings,
  screen: Screen,
): Promise<Connection> {
  const { provider, dangerouslyAllowHttp: allowHttp = false, verbose } = options
  if (!isSafe(issuer, allowHttp))
    throw usageError(`${plain(issuer)} is not an https address.`, 'http is for servers on this machine.')
  const trace = verbose ? (line: string): void => screen.line(screen.paint('dim', line)) : undefined
  return {
    profile: provider === undefined ? undefined : profileOf(provider),
    authentication: await authenticationOf(options, surroundings, screen),
    fetch: guardedFetch(allowHttp, trace),
    // the client asks for all addresses or none; the fetch above knows which
    dangerouslyAllowHttp: allowHttp || issuer.startsWith('http:'),
    headers: { 'user-agent': `device-auth-cli/${version} (${surroundings.platform})` },
    signal: surroundings.signal,
    // a person waits: a server that is not there is told of after 3 seconds, not 15
    maxAttempts: 3,
  }
}

async function authenticationOf(
  { clientSecret, clientSecretStdin, authMethod }: ServerOptions,
  { env, stdin }: Surroundings,
  screen: Screen,
): Promise<ClientAuthentication | undefined> {
  if (clientSecret !== undefined)
    screen.warning(
      'Others on this machine can read --client-secret: use DEVICE_AUTH_CLIENT_SECRET or --client-secret-stdin.',
    )
  const typed = clientSecretStdin ? (await text(stdin)).trim() : undefined
  if (typed === '') throw usageError('There is no client secret on stdin.', 'Pipe it in, or leave the option out.')
  const secret = clientSecret ?? typed ?? env.DEVICE_AUTH_CLIENT_SECRET
  if (secret === undefined || secret === '') return undefined
  return authMethod === 'post' ? clientSecretPost(secret) : clientSecretBasic(secret)
}
