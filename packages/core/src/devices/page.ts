import type { DeviceDetails } from '../contract/pages/model.ts'
import type { DevicesNotice } from '../contract/pages/notices.ts'
import type { TokenFamily } from '../contract/store.ts'
import type { UserVisit } from '../contract/visit.ts'
import type { OAuthResponse } from '../http.ts'
import { describeScopes, requesterDetails } from '../verification/confirm.ts'
import { boundTo, sealHandle } from '../verification/form-handle.ts'
import { switchAddress } from '../verification/login.ts'
import { inLanguage, page } from '../verification/page.ts'
import { clientNames } from './client-names.ts'
import { shownProofs } from './proofs.ts'

/** The devices on one page: a row of each, with its form. */
const PAGE_SIZE = 20

interface DevicesPageOptions {
  /** The id of the only device to show, when a link leads to it; `undefined` shows all. */
  readonly only: string | undefined
  readonly notice: DevicesNotice | undefined
  /** The number of the page in the address, from 1; another text counts as 1, and a number that is too large as the last. */
  readonly number?: string | undefined
}

/**
 * The page of the devices that a user has signed in, the latest first. A link to another user's device is answered like a
 * link to a device that does not exist.
 */
export async function devicesPage<Native>(
  { only, notice, number }: DevicesPageOptions,
  visit: UserVisit<Native>,
): Promise<OAuthResponse> {
  const { user, context } = visit
  const families = await context.store.listFamilies(user.subject, context.now())
  const linked = families.filter(({ id }) => id === only)
  const all = linked.length > 0 ? linked : [...families].reverse()
  const last = Math.max(1, Math.ceil(all.length / PAGE_SIZE))
  const current = Math.min(last, /^[1-9]\d{0,5}$/.test(number ?? '') ? Number(number) : 1)
  const shown = all.slice((current - 1) * PAGE_SIZE, current * PAGE_SIZE)
  const pageUrl = (other: number): string | undefined =>
    other < 1 || other > last ? undefined : inLanguage(`${context.devicesPath}?page=${other}`, visit)
  const names = await clientNames(shown, context)
  const { handleKeys, options, verificationPath } = context
  const content = {
    page: 'devices',
    account: user.username ?? user.subject,
    switchUrl: switchAddress(context.devicesPath, visit),
    handle: sealHandle(handleKeys, { kind: 'devices', ...boundTo(user) }),
    devices: shown.map((family) => deviceDetails(family, names, visit)),
    one: linked.length > 0,
    notice: only !== undefined && linked.length === 0 ? 'gone' : notice,
    proofs: await shownProofs(visit),
    connectUrl: options.paths.verification === false ? undefined : inLanguage(verificationPath, visit),
    newerUrl: pageUrl(current - 1),
    olderUrl: pageUrl(current + 1),
  } as const
  return page(200, content, visit)
}

function deviceDetails<Native>(
  { id, clientId, name, scope, requester, createdAt, lastUsedAt }: TokenFamily,
  names: ReadonlyMap<string, string>,
  { user, context }: UserVisit<Native>,
): DeviceDetails {
  return {
    handle: sealHandle(context.handleKeys, { kind: 'device', id, ...boundTo(user) }),
    name,
    clientName: names.get(clientId) ?? clientId,
    scopes: describeScopes(scope, context.options.scopes),
    signedInAt: createdAt,
    lastUsedAt,
    ...requesterDetails(requester),
  }
}
