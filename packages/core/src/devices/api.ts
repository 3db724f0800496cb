import { requireText } from '../checks.ts'
import type { ServerContext } from '../contract/context.ts'
import type { Devices } from '../contract/device-auth.ts'
import type { DeviceAuthEvents } from '../contract/events.ts'
import type { IncidentFilter } from '../contract/store.ts'
import { foreignText } from '../foreign-text.ts'
import { addressRange } from '../ip-address.ts'
import { decisionBeforeEnd } from '../verification/decision-before-end.ts'
import { sealHandle } from '../verification/form-handle.ts'
import { clientNames } from './client-names.ts'

/** The party that ended a sign-in, as the events `revoked` and `signedOut` name it. */
type RevokedBy = DeviceAuthEvents['revoked']['by']

/** The party, and for a security event token its `iss`. */
interface Ending {
  readonly by: RevokedBy
  readonly sender?: string | undefined
}

/** Characters of a device's name; longer names are cut. */
const MAX_NAME_LENGTH = 100
/** Milliseconds for which the link in a mail works. */
const LINK_LIFETIME = 7 * 24 * 3_600_000
/** Revocations that wait for the store at the same time. */
const CONCURRENCY = 50
/** Searches for sign-ins that came up while earlier ones were revoked. */
const MAX_PASSES = 10

/** The part of `DeviceAuth` about the devices that users have signed in. */
export function createDevicesApi<Native>(context: ServerContext<Native>): Devices {
  const { store, now } = context
  const revoke = (id: string): Promise<boolean> => revokeOne(id, { by: 'application' }, context)
  return {
    async list(subject) {
      requireText('devices.list', 'subject', subject)
      const families = await store.listFamilies(subject, now())
      const names = await clientNames(families, context)
      return families.map((family) => ({ ...family, clientName: names.get(family.clientId) ?? family.clientId }))
    },
    async rename(subject, id, name) {
      requireText('devices.rename', 'subject', subject)
      requireText('devices.rename', 'id', id)
      requireText('devices.rename', 'name', name, true)
      return renameDevice({ subject, id, name }, context)
    },
    async revoke(subject, id) {
      requireText('devices.revoke', 'subject', subject)
      requireText('devices.revoke', 'id', id)
      const credential = await store.findDeviceCredential(id, now())
      return credential?.userGrant?.approved === true && credential.userGrant.subject === subject && revoke(id)
    },
    async revokeAll(subject) {
      requireText('devices.revokeAll', 'subject', subject)
      const families = await store.listFamilies(subject, now())
      const revoked = await Promise.all(families.map(({ id }) => revoke(id)))
      return revoked.filter(Boolean).length
    },
    revokeBySubject: async (subject) => {
      requireText('devices.revokeBySubject', 'subject', subject)
      return revokeMatching({ subject }, { by: 'application' }, context)
    },
    revokeByClient: async (clientId) => {
      requireText('devices.revokeByClient', 'clientId', clientId)
      return revokeMatching({ clientId }, { by: 'application' }, context)
    },
    revokeByRequester: async (address) => {
      requireText('devices.revokeByRequester', 'address', address)
      const requester = addressRange(address)
      if (requester !== undefined) return revokeMatching({ requester }, { by: 'application' }, context)
      throw new TypeError(
        'Device Auth: devices.revokeByRequester() needs an IP address or a prefix in CIDR notation, such as 192.0.2.0/24.',
      )
    },
    revokeLink(grantId) {
      requireText('devices.revokeLink', 'grant id', grantId)
      return revokeLink(grantId, context)
    },
  }
}

/** Names a live device of this user; returns false if the user has no such device. */
export async function renameDevice<Native>(
  { subject, id, name }: { readonly subject: string; readonly id: string; readonly name: string },
  { store, now }: ServerContext<Native>,
): Promise<boolean> {
  return store.renameFamily(id, subject, foreignText(name, MAX_NAME_LENGTH), now())
}

/** Revokes a token family or a pending request and emits `revoked` and `signedOut`; returns false if it was over already. */
export async function revokeOne<Native>(
  id: string,
  { by, sender }: Ending,
  context: ServerContext<Native>,
): Promise<boolean> {
  const { store, events, now } = context
  await context.synchronize?.()
  // only the event asks for the user, so nothing is read while nobody listens
  const credential = events.has('signedOut') ? await store.findDeviceCredential(id, now()) : undefined
  const revoked = await store.revoke(id, now())
  if (!revoked) return false
  const at = now()
  events.emit('revoked', { at, grantId: id, by })
  const userGrant = credential && (await decisionBeforeEnd(id, credential.userGrant, context))
  if (credential !== undefined && userGrant?.approved === true) {
    const { clientId } = credential
    const event = { at, grantId: id, clientId, subject: userGrant.subject, by }
    events.emit('signedOut', sender === undefined ? event : { ...event, sender })
  }
  return true
}

/**
 * Revokes all that matches a filter, and searches again until nothing new is found, because requests go on meanwhile.
 * @returns How many token families and pending requests were revoked.
 */
export async function revokeMatching<Native>(
  filter: IncidentFilter,
  ending: Ending,
  context: ServerContext<Native>,
): Promise<number> {
  let count = 0
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const ids = await context.store.findIds(filter, context.now())
    const before = count
    for (let first = 0; first < ids.length; first += CONCURRENCY) {
      const slice = ids.slice(first, first + CONCURRENCY)
      const revoked = await Promise.all(slice.map((id) => revokeOne(id, ending, context)))
      count += revoked.filter(Boolean).length
    }
    if (count === before) break
  }
  return count
}

function revokeLink<Native>(
  id: string,
  { options, handleKeys, verificationOrigin, devicesPath, now }: ServerContext<Native>,
): string {
  if (options.paths.devices === false)
    throw new TypeError(
      'Device Auth: devices.revokeLink() needs the page of devices, but `paths.devices` is false. Give it a path.',
    )
  const handle = sealHandle(handleKeys, { kind: 'deviceLink', id, expiresAt: now() + LINK_LIFETIME })
  return `${verificationOrigin}${devicesPath}?handle=${handle}`
}
