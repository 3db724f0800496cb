import type { ServerContext } from '../contract/context.ts'
import type { DeviceDetails } from '../contract/pages/model.ts'
import type { DevicesNotice } from '../contract/pages/notices.ts'
import type { TokenFamily } from '../contract/store.ts'
import type { UserVisit } from '../contract/visit.ts'
import type { OAuthResponse } from '../http.ts'
import type { Client } from '../protocol.ts'
import { clientName, describeScopes, requesterDetails } from '../verification/confirm.ts'
import { boundTo, sealHandle } from '../verification/form-handle.ts'
import { inLanguage, page } from '../verification/page.ts'
import { shownProofs } from './proofs.ts'

interface DevicesPageOptions {
  /** The id of the only device to show, when a link leads to it; `undefined` shows all. */
  readonly only: string | undefined
  readonly notice: DevicesNotice | undefined
}

/**
 * The page of the devices that a user has signed in, the latest first. A link to another user's device is answered like a
 * link to a device that does not exist.
 */
export async function devicesPage<Native>(
  { only, notice }: DevicesPageOptions,
  visit: UserVisit<Native>,
): Promise<OAuthResponse> {
  const { user, context } = visit
  const families = await context.store.listFamilies(user.subject, context.now())
  const linked = families.filter(({ id }) => id === only)
  const shown = linked.length > 0 ? linked : [...families].reverse()
  const clients = await findClients(shown, context)
  const { handleKeys, options, verificationPath } = context
  const content = {
    page: 'devices',
    account: user.username ?? user.subject,
    handle: sealHandle(handleKeys, { kind: 'devices', ...boundTo(user) }),
    devices: shown.map((family) => deviceDetails(family, clients.get(family.clientId), visit)),
    one: linked.length > 0,
    notice: only !== undefined && linked.length === 0 ? 'gone' : notice,
    proofs: await shownProofs(visit),
    connectUrl: options.paths.verification === false ? undefined : inLanguage(verificationPath, visit),
  } as const
  return page(200, content, visit)
}

async function findClients<Native>(
  families: readonly TokenFamily[],
  context: ServerContext<Native>,
): Promise<ReadonlyMap<string, Client | undefined>> {
  const ids = [...new Set(families.map(({ clientId }) => clientId))]
  return new Map(await Promise.all(ids.map(async (id) => [id, await context.findClient(id)] as const)))
}

function deviceDetails<Native>(
  { id, clientId, name, scope, requester, createdAt, lastUsedAt }: TokenFamily,
  client: Client | undefined,
  { user, context }: UserVisit<Native>,
): DeviceDetails {
  return {
    handle: sealHandle(context.handleKeys, { kind: 'device', id, ...boundTo(user) }),
    name,
    // a client that was removed keeps its devices, and is shown by its id
    clientName: client === undefined ? clientId : clientName(client),
    scopes: describeScopes(scope, context.options.scopes),
    signedInAt: createdAt,
    lastUsedAt,
    ...requesterDetails(requester),
  }
}
