// Users, devices and other systems that do with sign-ins all that they can, in odd orders and at the same time, and what must hold after it.
import {
  createDeviceAuth,
  DEVICE_CODE_GRANT_TYPE,
  type DeviceAuth,
  type DeviceStore,
  deviceClient,
  memoryRegisteredClients,
  type OAuthResponse,
  TOKEN_EXCHANGE_GRANT_TYPE,
} from '@device-auth/core'
import { type ScriptedUser, scriptedUser } from '@device-auth/core/testing'

/** Draws a whole number from 0 to the bound, without the bound. */
export type Draw = (bound: number) => number

const initialToken = 'initial-access-token-of-the-fleet-0001'
const codeLifetime = 600
const scope = 'profile email'

/** A request of a device, and all that has come of it. */
interface Walked {
  readonly clientId: string
  readonly deviceCode: string
  readonly userCode: string
  readonly grantId: string
  approvals: number
  denials: number
  /** The answers with tokens that polls got, each once. */
  readonly families: Set<string>
  /** The scopes of access tokens, by token. */
  readonly accessTokens: Map<string, string>
  readonly refreshTokens: string[]
  /** True after an end that was told to have happened. */
  ended: boolean
  signedOut: number
}

/** A server on a store, and what has been seen of it. */
interface World {
  readonly deviceAuth: DeviceAuth
  readonly store: DeviceStore
  readonly draw: Draw
  readonly users: readonly { readonly id: string; readonly browser: ScriptedUser }[]
  readonly walked: Walked[]
  readonly registered: { readonly clientId: string; readonly token: string }[]
  readonly faults: string[]
  now: number
}

function createWorld(store: DeviceStore, draw: Draw): World {
  const exchanging = deviceClient({ client_id: 'cli', scope })
  const faults: string[] = []
  const deviceAuth: DeviceAuth = createDeviceAuth({
    issuer: 'https://auth.example.com/oauth',
    clients: [
      deviceClient({ client_id: 'tv', scope }),
      { ...exchanging, grant_types: [...(exchanging.grant_types ?? []), TOKEN_EXCHANGE_GRANT_TYPE] },
    ],
    secret: 'a secret of at least thirty-two characters',
    store,
    expiresIn: codeLifetime,
    clock: () => world.now,
    pages: { approvalDelay: 0 },
    limits: { approvalsPerUser: 1_000_000, userCodesPerUser: 100_000 },
    tokenExchange: { expiresIn: 300 },
    registration: { store: memoryRegisteredClients(), scope, initialAccessTokens: [initialToken] },
    paths: { globalTokenRevocation: '/revoke-all' },
    signals: { authenticate: () => true, endSessions: () => undefined },
    hooks: { onError: (error) => void faults.push(`error: ${String(error)}`) },
  })
  const users = ['alice', 'alice', 'bob'].map((id) => ({ id, browser: scriptedUser(deviceAuth, { id }) }))
  const now = Date.UTC(2026, 0, 1)
  const world: World = { deviceAuth, store, draw, users, walked: [], registered: [], faults, now }
  deviceAuth.on('signedOut', ({ grantId }) => {
    for (const one of world.walked) if (one.grantId === grantId) one.signedOut++
  })
  return world
}

function pick<T>({ draw }: World, from: readonly T[]): T | undefined {
  return from[draw(from.length)]
}

async function send(
  { deviceAuth, faults }: World,
  path: string,
  form: Readonly<Record<string, string>>,
  { method = 'POST', query = '', bearer = '' } = {},
): Promise<OAuthResponse> {
  const endpoint = deviceAuth.route(method, path)
  if (endpoint === undefined) throw new Error(`no ${path}`)
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    ...(bearer && { authorization: `Bearer ${bearer}` }),
  }
  const request = { method, path, query: new URLSearchParams(query), headers, ip: '192.0.2.1', native: {} }
  const response = await endpoint({ ...request, form: new URLSearchParams(form) })
  if (response.status >= 500 && response.status !== 503) faults.push(`${response.status} of ${path}: ${response.body}`)
  return response
}

async function start(world: World): Promise<void> {
  const own = pick(world, world.registered)
  const clientId = own !== undefined && world.draw(4) === 0 ? own.clientId : (pick(world, ['tv', 'cli']) ?? '')
  const { status, body } = await send(world, '/device_authorization', { client_id: clientId })
  if (status !== 200) return
  const { device_code: deviceCode, user_code: userCode } = JSON.parse(body)
  const grantId = (await world.deviceAuth.find(userCode))?.id
  // somebody has ended it at once
  if (grantId === undefined) return
  const nothing = { approvals: 0, denials: 0, ended: false, signedOut: 0, refreshTokens: [] }
  const none = { families: new Set<string>(), accessTokens: new Map<string, string>() }
  world.walked.push({ clientId, deviceCode, userCode, grantId, ...nothing, ...none })
}

/** Asks for tokens. No tokens may come after an end that was told before the request. */
async function askForTokens(world: World, one: Walked, form: Readonly<Record<string, string>>): Promise<string> {
  const wasEnded = one.ended
  const { status, body } = await send(world, '/token', { client_id: one.clientId, ...form })
  if (status !== 200) return ''
  if (wasEnded) world.faults.push(`tokens after the end, by ${form.grant_type}`)
  const { access_token: access, refresh_token: refresh, scope: granted } = JSON.parse(body)
  one.accessTokens.set(access, granted)
  if (refresh !== undefined && !one.refreshTokens.includes(refresh)) one.refreshTokens.push(refresh)
  return body
}

async function poll(world: World, one: Walked): Promise<void> {
  const body = await askForTokens(world, one, { grant_type: DEVICE_CODE_GRANT_TYPE, device_code: one.deviceCode })
  if (body !== '') one.families.add(body)
}

async function exchange(world: World, one: Walked): Promise<void> {
  const [token = '', own = ''] = pick(world, [...one.accessTokens]) ?? []
  const narrow = pick(world, ['profile', 'email', scope]) ?? ''
  const body = await askForTokens(world, one, {
    grant_type: TOKEN_EXCHANGE_GRANT_TYPE,
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    scope: narrow,
  })
  if (body === '') return
  const granted: string[] = JSON.parse(body).scope.split(' ')
  if (!granted.every((each) => own.split(' ').includes(each))) world.faults.push(`${own} gave ${granted.join(' ')}`)
}

async function decideOnPage({ draw }: World, one: Walked, browser: ScriptedUser): Promise<void> {
  try {
    if (draw(3) > 0) {
      await browser.approve(one.userCode)
      one.approvals++
    } else {
      await browser.deny(one.userCode)
      one.denials++
    }
  } catch {
    // another page came: somebody was faster, or the code was shared
  }
}

async function decideByApi({ deviceAuth, draw }: World, one: Walked, subject: string): Promise<void> {
  if (draw(3) > 0) {
    if ((await deviceAuth.approve(one.userCode, { subject })) === 'decided') one.approvals++
  } else if ((await deviceAuth.deny(one.userCode, { subject })) === 'decided') one.denials++
}

/** The device gives up, or gives a token back. */
async function revoke(world: World, one: Walked): Promise<void> {
  const refresh = one.refreshTokens.at(-1)
  const token = pick(world, [one.deviceCode, refresh, [...one.accessTokens.keys()].at(-1)])
  if (token === undefined) return
  const isOver = (await send(world, '/revoke', { client_id: one.clientId, token })).status === 200
  if (isOver && token === refresh) one.ended = true
}

/** An end by somebody else than the device. */
async function end(world: World, one: Walked, subject: string): Promise<void> {
  const { deviceAuth, draw, walked } = world
  const those = (is: (each: Walked) => boolean) => walked.filter((each) => each.families.size > 0 && is(each))
  const before = those(({ clientId }) => clientId === one.clientId)
  switch (draw(5)) {
    case 0:
      if (await deviceAuth.devices.revoke(subject, one.grantId)) one.ended = true
      return
    case 1:
      await deviceAuth.devices.revokeAll(subject)
      return
    case 2:
      await send(world, '/revoke-all', { body: JSON.stringify({ sub_id: { format: 'opaque', id: subject } }) })
      return
    case 3:
      await deviceAuth.devices.revokeByClient(one.clientId)
      for (const each of before) each.ended = true
      return
    default:
      await changeRegistration(world)
  }
}

/** A client registers itself, or removes its registration and all its sign-ins. */
async function changeRegistration(world: World): Promise<void> {
  if (world.draw(2) === 0) {
    const body = JSON.stringify({
      grant_types: [DEVICE_CODE_GRANT_TYPE, 'refresh_token'],
      token_endpoint_auth_method: 'none',
    })
    const answer = await send(world, '/register', { body }, { bearer: initialToken })
    const { client_id: clientId, registration_access_token: token } = JSON.parse(answer.body)
    world.registered.push({ clientId, token })
    return
  }
  const [own] = world.registered.splice(world.draw(world.registered.length), 1)
  if (own === undefined) return
  await send(world, '/register', {}, { method: 'DELETE', query: `client_id=${own.clientId}`, bearer: own.token })
  for (const each of world.walked) if (each.clientId === own.clientId && each.families.size > 0) each.ended = true
}

/** Draws something to do, mostly about the device that the others of this step are about too. */
function actOf(world: World, device: Walked | undefined): () => Promise<unknown> {
  const { deviceAuth, draw, walked, users } = world
  const one = draw(4) > 0 ? device : pick(world, walked.slice(-4))
  const user = pick(world, users)
  if (one === undefined || user === undefined || draw(7) === 0) return () => start(world)
  const refresh = (token = '') => askForTokens(world, one, { grant_type: 'refresh_token', refresh_token: token })
  const acts: readonly (() => Promise<unknown>)[] = [
    () => poll(world, one),
    () => poll(world, one),
    () => decideOnPage(world, one, user.browser),
    () => decideOnPage(world, one, user.browser),
    () => decideByApi(world, one, user.id),
    () => refresh(one.refreshTokens.at(-1)),
    () => refresh(pick(world, one.refreshTokens.slice(-2))),
    () => exchange(world, one),
    () => revoke(world, one),
    () => end(world, one, user.id),
    () => deviceAuth.authenticate(pick(world, [...one.accessTokens.keys()]) ?? ''),
    () => deviceAuth.limits.reset(user.id),
    () => deviceAuth.devices.rename(user.id, one.grantId, 'a name'),
    () => changeRegistration(world),
  ]
  return pick(world, acts) ?? (() => start(world))
}

async function check(world: World): Promise<void> {
  for (const one of world.walked) await checkOne(world, one)
  await checkPending(world, world.now)
}

async function checkOne({ deviceAuth, store, faults, now }: World, one: Walked): Promise<void> {
  const { approvals, denials, families, signedOut } = one
  if (families.size > 1) faults.push(`${families.size} families of one code`)
  if (families.size > 0 && approvals === 0) faults.push('tokens without an approval')
  if (approvals + denials > 1) faults.push(`${approvals} approvals and ${denials} denials of one code`)
  const credential = await store.findDeviceCredential(one.grantId, now)
  const isSignedOut = credential?.ended === true && credential.userGrant?.approved === true
  if (signedOut !== Number(isSignedOut)) faults.push(`${signedOut} sign-outs, and it ended: ${isSignedOut}`)
  const last = [...one.accessTokens.keys()].at(-1)
  if (last === undefined) return
  const isAlive = (await deviceAuth.authenticate(last)) !== undefined
  if (one.ended && isAlive) faults.push('a token lives after the end')
  if (isSignedOut && isAlive) faults.push('a token lives after a sign-out')
}

/** Undecided requests are counted, and no request is taken out of the counters twice. */
async function checkPending({ store, walked, faults }: World, now: number): Promise<void> {
  const window = Math.floor(now / (codeLifetime * 1000))
  const of = walked.filter(({ clientId }) => clientId === 'tv')
  const key = `pending:client:${window}:tv`
  let counted = 0
  while ((await store.takeAttempts([{ key, limit: counted + 1, window: codeLifetime }], now)) !== undefined) counted++
  await store.giveBackAttempts([key], now)
  const undecided = await Promise.all(
    of.map(async ({ grantId }) => {
      const found = await store.findDeviceCredential(grantId, now)
      return found !== undefined && found.userGrant === undefined && found.ended !== true
    }),
  )
  const live = undecided.filter(Boolean).length
  if (counted < live) faults.push(`${counted} counted, ${live} undecided`)
}

/**
 * Walks so many steps, each of one to five things at once.
 *
 * @returns What did not hold; empty if all did.
 */
export async function walk(store: DeviceStore, draw: Draw, steps: number): Promise<readonly string[]> {
  const world = createWorld(store, draw)
  for (let step = 0; step < steps && world.faults.length === 0; step++) {
    const device = pick(world, world.walked.slice(-3))
    const acts = Array.from({ length: 1 + draw(5) }, () => actOf(world, device))
    await Promise.all(acts.map((act) => act()))
    await check(world)
    if (draw(3) === 0) world.now += 1000 * draw(8)
  }
  return world.faults
}
