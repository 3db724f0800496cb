import type { Operation } from '../history.ts'
import { timing } from '../timing.ts'
import { anyNode, type Life, sending, sleep } from './life.ts'
import { decide } from './person.ts'
import { operate } from './requests.ts'

/** Seconds for which a device polls on after its codes have expired, to hear that they have. */
export const PATIENCE_AFTER_EXPIRY = 30

const grants = {
  deviceCode: 'urn:ietf:params:oauth:grant-type:device_code',
  refreshToken: 'refresh_token',
} as const

/** The tokens that a device has. */
export interface Tokens {
  /** The device code that they came of. */
  readonly code: string
  readonly access: string
  readonly refresh: string
}

/** Signs in, with new codes whenever the old ones ended without a decision. @returns `undefined` if the user denied or forgot */
export async function signIn(life: Life): Promise<Tokens | undefined> {
  for (let isFirst = true; !life.isOver(); ) {
    const { answer } = await askForCodes(life)
    const { deviceCode: code, userCode, expiresIn = 0 } = answer
    if (code !== undefined && userCode !== undefined) {
      let isDone = false
      const expiresAt = performance.now() + expiresIn * 1000
      const person = decide(life, { code, userCode, isFirst, isDone: () => isDone || performance.now() >= expiresAt })
      isFirst = false
      const outcome = await pollUntilFinal(life, code)
      isDone = true
      await person
      if (outcome?.answer.access !== undefined) return tokensOf(code, outcome)
      if (life.plan.decision !== 'approves') return undefined
    }
    await sleep(life, 1)
  }
  return undefined
}

function tokensOf(code: string, { answer: { access = '', refresh = '' } }: Operation): Tokens {
  return { code, access, refresh }
}

function askForCodes(life: Life): Promise<Operation> {
  const asked = { path: '/oauth/device_authorization', form: { client_id: 'tv', scope: 'profile' } }
  return operate(life.network, anyNode(life), { user: life.plan.number, step: 'codes' }, sending(life, asked))
}

/** Polls as RFC 8628 section 3.5 says. @returns the final answer; `undefined` if there was none in time */
async function pollUntilFinal(life: Life, code: string): Promise<Operation | undefined> {
  const ends = performance.now() + (timing.codes + PATIENCE_AFTER_EXPIRY) * 1000
  let interval: number = timing.interval
  while (!life.isOver() && performance.now() < ends) {
    await sleep(life, interval)
    if (life.isOver()) return undefined
    const answered = await askForTokens(life, 'poll', code, code)
    const { status, note, answer } = answered
    if (answer.error === 'slow_down') interval += 5
    const goesOn = status === 0 || status >= 500 || ['authorization_pending', 'slow_down'].includes(answer.error ?? '')
    if (!goesOn && note !== 'dropped') return answered
  }
  return undefined
}

/** A request for tokens. Some answers are thrown away, and some requests reach two nodes. */
async function askForTokens(
  life: Life,
  step: 'poll' | 'refresh',
  code: string,
  given: string,
  mayDrop = true,
): Promise<Operation> {
  const { plan, random, network } = life
  const parameters = step === 'poll' ? { device_code: given } : { refresh_token: given }
  const grant = step === 'poll' ? grants.deviceCode : grants.refreshToken
  const asked = { path: '/oauth/token', form: { client_id: 'tv', grant_type: grant, ...parameters } }
  const drops = mayDrop && random.chance(plan.drops)
  const intent = { user: plan.number, code, step, given, ...(drops ? { note: 'dropped' as const } : {}) }
  const once = (): Promise<Operation> => operate(network, anyNode(life), intent, sending(life, asked))
  if (!plan.doubled || !random.chance(0.5)) return once()
  const both = await Promise.all([once(), once()])
  return (
    both.find(({ answer }) => answer.access !== undefined) ??
    both.find(({ answer }) => answer.error === 'authorization_pending') ??
    both[0]
  )
}

/** Refreshes, and asks again with the same token while no answer comes. @returns `undefined` if the device is signed out */
export async function refresh(life: Life, tokens: Tokens): Promise<Tokens | undefined> {
  for (let tries = 0; !life.isOver(); tries++) {
    const answered = await askForTokens(life, 'refresh', tokens.code, tokens.refresh, tries === 0)
    const { answer, note, status } = answered
    if (answer.access !== undefined && note !== 'dropped') return tokensOf(tokens.code, answered)
    if (status >= 400 && status < 500) return undefined
    await sleep(life, 1)
  }
  return tokens
}

/** Ends the tokens, and asks again until that is acknowledged. */
export async function revoke(life: Life, { code, refresh: token }: Tokens): Promise<void> {
  const asked = { path: '/oauth/revoke', form: { client_id: 'tv', token } }
  while (!life.isOver()) {
    const intent = { user: life.plan.number, code, step: 'revoke' as const, given: token }
    const { status } = await operate(life.network, anyNode(life), intent, sending(life, asked))
    if (status === 200) return
    await sleep(life, 1)
  }
}

/** Tries to refresh once, with tokens that are over. */
export async function tryRefresh(life: Life, { code, refresh: token }: Tokens): Promise<void> {
  await askForTokens(life, 'refresh', code, token, false)
}
