import type { ServerContext } from '../contract/context.ts'
import type { User } from '../contract/hooks.ts'
import type { DeviceDetails } from '../contract/pages/model.ts'
import type { DevicesNotice } from '../contract/pages/notices.ts'
import type { TokenFamily } from '../contract/store.ts'
import type { OAuthRequest, OAuthResponse } from '../http.ts'
import type { Client } from '../protocol.ts'
import { clientName, describeScopes } from '../verification/confirm.ts'
import { boundTo, sealHandle } from '../verification/handle.ts'
import { inLanguage, page } from '../verification/page.ts'

/** What the page is to show. */
interface Shown {
  /** The device that a link is about; `undefined`: all of them. */
  readonly only: string | undefined
  readonly notice: DevicesNotice | undefined
}

/** The page of what a user has signed in, the latest first; of another user's device it says what it says of none. */
export async function devicesPage<Native>(
  { only, notice }: Shown,
  user: User,
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  const all = await context.store.listFamilies(user.subject, context.now())
  const linked = all.filter(({ id }) => id === only)
  const shown = linked.length > 0 ? linked : [...all].reverse()
  const clients = await findClients(shown, context)
  const { handleKey, options, verificationPath } = context
  const content = {
    page: 'devices',
    account: user.username ?? user.subject,
    handle: sealHandle(handleKey, { kind: 'devices', ...boundTo(user) }),
    devices: shown.map((grant) => describe(grant, clients.get(grant.clientId), user, context)),
    one: linked.length > 0,
    notice: only !== undefined && linked.length === 0 ? 'gone' : notice,
    connectUrl: options.paths.verification === false ? undefined : inLanguage(verificationPath, request, context),
  } as const
  return page(200, content, request, context)
}

/** A client that was removed since keeps its devices: its id has to do. */
async function findClients<Native>(
  grants: readonly TokenFamily[],
  context: ServerContext<Native>,
): Promise<ReadonlyMap<string, Client | undefined>> {
  const ids = [...new Set(grants.map(({ clientId }) => clientId))]
  return new Map(await Promise.all(ids.map(async (id) => [id, await context.findClient(id)] as const)))
}

function describe<Native>(
  { id, clientId, name, scope, requester, createdAt, lastUsedAt }: TokenFamily,
  client: Client | undefined,
  user: User,
  context: ServerContext<Native>,
): DeviceDetails {
  return {
    handle: sealHandle(context.handleKey, { kind: 'device', id, ...boundTo(user) }),
    name,
    clientName: client === undefined ? clientId : clientName(client),
    scopes: describeScopes(scope, context.options.scopes),
    signedInAt: createdAt,
    lastUsedAt,
    ip: requester?.ip,
    userAgent: requester?.userAgent,
    description: requester?.description,
    device: requester?.device,
    place: requester?.place ?? requester?.country,
    network: requester?.network,
  }
}
