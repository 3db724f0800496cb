import type { ServerContext } from '../contract/context.ts'
import type { TokenRequest } from '../contract/hook-arguments.ts'
import type { LoginRequirement, RequestTarget, TokenTarget } from '../contract/target.ts'
import { type Awaitable, chain, type ParsedRequest } from '../http.ts'
import type { Client } from '../protocol.ts'
import { describeDetails, requestedDetails, requireGrantedDetails, tokenDetails } from './authorization-details.ts'
import { readLogIn } from './log-in.ts'
import { describeResources, requestedResources, requireGranted, tokenResources } from './resources.ts'

/**
 * The resources, details and log-in that a device authorization request asks for; `undefined` if there are none.
 * @throws {OAuthError} `invalid_target`, `invalid_authorization_details`, or as {@link readLogIn}.
 */
export function requestedTarget<Native>(
  request: ParsedRequest<Native>,
  client: Client,
  context: ServerContext<Native>,
): Awaitable<RequestTarget | undefined> {
  const login = readLogIn(request.parameters, context)
  const { resources, authorizationDetails } = context.options
  // a server without these options ignores both parameters, so there is nothing to wait for
  if (resources === undefined && authorizationDetails === undefined) return login && { login }
  return readTarget(request, login, client, context)
}

async function readTarget<Native>(
  { form, parameters }: ParsedRequest<Native>,
  login: LoginRequirement | undefined,
  client: Client,
  context: ServerContext<Native>,
): Promise<RequestTarget | undefined> {
  const resources = await requestedResources(form, client, context)
  const details = await requestedDetails(parameters, client, context)
  const wanted = target(resources.length === 0 ? undefined : resources, details)
  return login === undefined ? wanted : { ...wanted, login }
}

/**
 * The resources and details of an access token, within what was granted. They are checked before anything is spent.
 * @throws {OAuthError} `invalid_target` or `invalid_authorization_details`.
 */
export function tokenTarget<Native>(
  granted: TokenTarget | undefined,
  { client, parameters, request }: TokenRequest<Native>,
  context: ServerContext<Native>,
): Awaitable<TokenTarget | undefined> {
  const details = tokenDetails(granted?.authorizationDetails, parameters, client, context)
  return chain(tokenResources(granted?.resources, request.form, client, context), (resources) =>
    target(resources, details),
  )
}

/**
 * Checks that a token request asks for nothing that was not requested.
 * @throws {OAuthError} `invalid_target` or `invalid_authorization_details`.
 */
export function requireWithin<Native>(
  requested: TokenTarget | undefined,
  { parameters, request }: TokenRequest<Native>,
  context: ServerContext<Native>,
): void {
  requireGranted(requested?.resources, request.form, context)
  requireGrantedDetails(requested?.authorizationDetails, parameters, context)
}

/**
 * True if a target that the application grants is within the requested one: some of its resources, and details only if some were asked
 * for. A grant without the requested resources would be good for the default audience. Details may say more than was asked, such as
 * the account that the user chose.
 */
export function isWithinTarget(granted: TokenTarget | undefined, requested: TokenTarget | undefined): boolean {
  if (granted === undefined) return true
  const [resources, asked] = [granted.resources ?? [], requested?.resources ?? []]
  const isPart = resources.every((resource) => asked.includes(resource)) && (resources.length > 0 || asked.length === 0)
  return isPart && (granted.authorizationDetails === undefined || requested?.authorizationDetails !== undefined)
}

/** The words for the resources and the details of a request, in order. */
export async function describeTarget<Native>(
  { resources = [], authorizationDetails = [] }: TokenTarget,
  client: Client,
  context: ServerContext<Native>,
): Promise<readonly string[]> {
  const words = await describeResources(resources, client, context)
  return [...words, ...(await describeDetails(authorizationDetails, client, context))]
}

function target(
  resources: TokenTarget['resources'],
  authorizationDetails: TokenTarget['authorizationDetails'],
): TokenTarget | undefined {
  if (resources === undefined && authorizationDetails === undefined) return undefined
  return {
    ...(resources === undefined ? {} : { resources }),
    ...(authorizationDetails === undefined ? {} : { authorizationDetails }),
  }
}
