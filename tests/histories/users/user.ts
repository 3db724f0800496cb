import { refresh, revoke, signIn, type Tokens, tryRefresh } from './device.ts'
import { anyNode, type Life, sending, sleep } from './life.ts'
import { operate } from './requests.ts'

/** Seconds between two looks of a resource server at an access token. */
const LOOKS_EVERY = 2

/** The whole life of a user with a device, as its plan says. */
export async function live(life: Life): Promise<void> {
  const { plan } = life
  await sleep(life, plan.startsAt)
  const tokens = await signIn(life)
  if (tokens === undefined) return
  const last = await stay(life, tokens)
  if (last === undefined || !plan.revokes) return
  await revoke(life, last)
  await introspect(life, last)
  await tryRefresh(life, last)
  await introspect(life, last)
}

/** Uses the tokens and refreshes them. @returns the last tokens; `undefined` if the device was signed out */
async function stay(life: Life, first: Tokens): Promise<Tokens | undefined> {
  const { plan } = life
  const leaves = performance.now() + plan.stays * 1000
  let tokens: Tokens | undefined = first
  let refreshesAt = performance.now() + plan.refreshEvery * 1000
  while (performance.now() < leaves && !life.isLate() && !life.isOver()) {
    await introspect(life, tokens)
    await sleep(life, LOOKS_EVERY)
    if (performance.now() < refreshesAt) continue
    refreshesAt = performance.now() + plan.refreshEvery * 1000
    tokens = await refresh(life, tokens)
    if (tokens === undefined) return undefined
  }
  return tokens
}

const credentials = Buffer.from('api:the secret of the resource server'.replaceAll(' ', '+')).toString('base64')

/** A resource server asks about the access token of the device. */
async function introspect(life: Life, { code, access: token }: Tokens): Promise<void> {
  const headers = { authorization: `Basic ${credentials}` }
  const asked = { path: '/oauth/introspect', form: { token }, headers }
  const intent = { user: life.plan.number, code, step: 'introspect' as const, given: token }
  await operate(life.network, anyNode(life), intent, sending(life, asked))
}

/** At the end the devices of the user are listed. */
export async function audit(life: Life): Promise<void> {
  const asked = { path: '/people/devices', headers: { 'x-user': `user-${life.plan.number}` } }
  for (let tries = 0; tries < 3; tries++) {
    const intent = { user: life.plan.number, step: 'devices' as const }
    const { status } = await operate(life.network, anyNode(life), intent, sending(life, asked))
    if (status === 200) return
  }
}
