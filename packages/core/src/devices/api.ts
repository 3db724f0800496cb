import { addressRange } from '../address.ts'
import type { ServerContext } from '../contract/context.ts'
import type { Devices } from '../contract/device-auth.ts'
import type { DeviceAuthEvents } from '../contract/events.ts'
import type { IncidentFilter } from '../contract/store.ts'
import { sealHandle } from '../verification/handle.ts'

/** Who ended a grant. */
type Ender = DeviceAuthEvents['revoked']['by']

const maxName = 100
/** Milliseconds that the link in a mail works. */
const LINK_LIFETIME = 7 * 24 * 3_600_000
/** Steps that wait for the store at a time. */
const atOnce = 50
/** Looks after what came up meanwhile. */
const maxPasses = 10

/** What a user has signed in, for a page of the application's own. */
export function createDevices<Native>(context: ServerContext<Native>): Devices {
  const { store, now } = context
  const end = (id: string): Promise<boolean> => revokeOne(id, 'application', context)
  return {
    list: async (subject) => store.listFamilies(subject, now()),
    rename: (subject, id, name) => renameDevice(subject, id, name, context),
    async revoke(subject, id) {
      const credential = await store.findDeviceCredential(id, now())
      return credential?.userGrant?.approved === true && credential.userGrant.subject === subject && end(id)
    },
    async revokeAll(subject) {
      const grants = await store.listFamilies(subject, now())
      const revoked = await Promise.all(grants.map(({ id }) => end(id)))
      return revoked.filter(Boolean).length
    },
    revokeBySubject: async (subject) => {
      checkText('revokeBySubject', subject)
      return revokeMatching({ subject }, 'application', context)
    },
    revokeByClient: async (clientId) => {
      checkText('revokeByClient', clientId)
      return revokeMatching({ clientId }, 'application', context)
    },
    revokeByRequester: async (address) => {
      checkText('revokeByRequester', address)
      const requester = addressRange(address)
      if (requester !== undefined) return revokeMatching({ requester }, 'application', context)
      throw new TypeError('Device Auth: revokeByRequester() needs an address or a prefix such as 192.0.2.0/24.')
    },
    revokeLink: (grantId) => revokeLink(grantId, context),
  }
}

/** Nothing given must not mean whatever has nothing there. */
function checkText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw new TypeError(`Device Auth: ${name}() needs a text.`)
}

/** Names a live grant of this user. */
export async function renameDevice<Native>(
  subject: string,
  id: string,
  name: string,
  { store, now }: ServerContext<Native>,
): Promise<boolean> {
  // never between the two halves of one character
  const cut = name.slice(0, maxName).replace(/[\ud800-\udbff]$/, '')
  return store.renameFamily(id, subject, cut, now())
}

/** Ends a grant or a request, with its event; `false` when it was over already. */
export async function revokeOne<Native>(id: string, by: Ender, context: ServerContext<Native>): Promise<boolean> {
  const { store, events, now } = context
  const ended = await store.revoke(id, now())
  if (ended) events.emit('revoked', { at: now(), grantId: id, by })
  return ended
}

/** Ends all that a filter finds, and what has come up meanwhile; answers how many. */
export async function revokeMatching<Native>(
  filter: IncidentFilter,
  by: Ender,
  context: ServerContext<Native>,
): Promise<number> {
  let count = 0
  for (let pass = 0; pass < maxPasses; pass++) {
    const ids = await context.store.findIds(filter, context.now())
    const before = count
    for (let first = 0; first < ids.length; first += atOnce) {
      const slice = ids.slice(first, first + atOnce)
      const ended = await Promise.all(slice.map((id) => revokeOne(id, by, context)))
      count += ended.filter(Boolean).length
    }
    if (count === before) break
  }
  return count
}

function revokeLink<Native>(
  id: string,
  { options, handleKey, verificationOrigin, devicesPath, now }: ServerContext<Native>,
): string {
  if (options.paths.devices === false)
    throw new TypeError('Device Auth: revokeLink() leads to the page of devices, but paths.devices is false.')
  const handle = sealHandle(handleKey, { kind: 'deviceLink', id, expiresAt: now() + LINK_LIFETIME })
  return `${verificationOrigin}${devicesPath}?handle=${handle}`
}
