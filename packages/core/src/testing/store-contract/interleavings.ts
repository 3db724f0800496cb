import { strict as assert } from 'node:assert'
import type { DeviceCredential, DeviceStore, TokenRecord } from '../../contract/store.ts'
import { type Random, seededRandom } from '../random.ts'
import { applyStep, type ModelState, type Operation } from './model.ts'
import { type Scene, type StoreCase, storeCase } from './scene.ts'

/** Seconds that a credential lives. */
const CREDENTIAL_LIFETIME = 60
const CREDENTIALS_AT_ONCE = 3
const pauses = [0, 0, 0, 0.2, 1, 2, 4, 5, 9] as const
const owners = ['one', 'two'] as const
type Rotation = readonly [from: string, to: string]

/** The hashes of refresh tokens, each with the one that replaces it. */
const rotations: readonly [Rotation, Rotation] = [
  ['first', 'second'],
  ['second', 'third'],
]
const browsers = ['phone', 'laptop'] as const

/** The steps, and how many of a hundred steps are of each kind. */
const shares: readonly (readonly [step: Operation['step'], share: number])[] = [
  ['poll', 50],
  ['slowDown', 5],
  ['claim', 5],
  ['decide', 5],
  ['lease', 10],
  ['release', 4],
  ['redeem', 10],
  ['rotate', 5],
  ['replay', 2],
  ['use', 1],
  ['derive', 1],
  ['find', 1],
  ['revoke', 1],
]

/** A credential under test, with all states that the model may be in, and counts for the invariants. */
interface TestedCredential {
  readonly credential: DeviceCredential
  states: readonly ModelState[]
  redemptions: number
  approvals: number
  lastPoll: string
}

interface Observed {
  readonly operation: Operation
  readonly answer: string
}

/** The statuses that may follow each final status. */
const afterTerminal: Readonly<Record<string, readonly string[]>> = {
  denied: ['denied', 'expired', 'unknown', 'other'],
  expired: ['expired', 'unknown', 'other'],
  cancelled: ['cancelled', 'unknown', 'other'],
  redeemed: ['redeemed', 'revoked', 'unknown', 'other'],
  revoked: ['revoked', 'unknown', 'other'],
}

async function begin(scene: Scene, seconds: number): Promise<TestedCredential> {
  const credential = await scene.create(seconds, { expiresAt: scene.at(seconds + CREDENTIAL_LIFETIME) })
  const { clientId, interval, expiresAt } = credential
  const state = { clientId, interval, expiresAt, tombstoneEnd: scene.at(seconds + 2 * CREDENTIAL_LIFETIME) }
  return { credential, states: [state], redemptions: 0, approvals: 0, lastPoll: 'pending' }
}

/** Draws a step by its share. */
function nextStep(random: Random): Operation['step'] {
  let left = random.below(100)
  for (const [step, share] of shares) {
    if (left < share) return step
    left -= share
  }
  return 'poll'
}

function nextOperation(random: Random, scene: Scene, seconds: number): Operation {
  const step = nextStep(random)
  const subject = random.pick([scene.alice, scene.bob])
  const clientId = random.below(8) === 0 ? 'other-client' : 'contract-client'
  const [from, to] = random.pick(rotations)
  const leaseOwner = random.pick([undefined, ...owners])
  const tokenExpiresAt = scene.at(seconds + random.pick([10, 90]))
  switch (step) {
    case 'poll':
      return { step, clientId, style: random.pick(['form', 'form', 'header']) }
    case 'slowDown':
      return { step, clientId }
    case 'claim':
      return { step, subject, browser: random.pick(browsers) }
    case 'decide':
      return { step, subject, approved: random.below(4) > 0 }
    case 'lease': {
      const refreshHash = random.pick([undefined, 'first', 'second'])
      return { step, owner: random.pick(owners), until: scene.at(seconds + random.pick([1, 5, 10])), refreshHash }
    }
    case 'release':
      return { step, owner: random.pick(owners) }
    case 'redeem':
      return { step, owner: leaseOwner, tokenExpiresAt }
    case 'rotate':
      return { step, owner: leaseOwner, from, to, tokenExpiresAt }
    case 'use':
      return { step, refreshHash: to }
    case 'derive':
      return { step, refreshHash: from, tokenExpiresAt: scene.at(seconds + random.pick([5, 40])) }
    case 'replay':
      return { step, replaced: from }
    case 'find':
      return { step, subject }
    case 'revoke':
      return { step }
  }
}

/** The hash of the access token that comes with a refresh token. */
function accessTokenOf(refreshHash: string): string {
  return `access-${refreshHash}`
}

function tokensUntil(scene: Scene, ends: number, refreshTokenHash: string, now: number): TokenRecord {
  const accessTokenHash = accessTokenOf(refreshTokenHash)
  const ending = { accessTokenExpiresAt: ends, refreshTokenExpiresAt: ends }
  return scene.tokens(0, { issuedAt: now, accessTokenHash, refreshTokenHash, ...ending })
}

async function perform(
  store: DeviceStore,
  scene: Scene,
  id: string,
  operation: Operation,
  now: number,
): Promise<string> {
  switch (operation.step) {
    case 'poll': {
      const result = await store.pollDeviceCredential(id, operation.clientId, now, operation.style)
      return result.status === 'slow_down' ? `slow_down ${result.credential.interval}` : result.status
    }
    case 'slowDown':
      return String(await store.slowDown(id, operation.clientId, now))
    case 'claim':
      return store.claim(id, { subject: operation.subject, browser: operation.browser }, now)
    case 'decide': {
      const { subject, approved } = operation
      return store.decide(id, { subject, approved, scope: '' }, now)
    }
    case 'lease':
      return String(await store.lease(id, operation.owner, operation.until, now, operation.refreshHash))
    case 'release':
      return String(await store.release(id, operation.owner))
    case 'redeem': {
      const tokens = tokensUntil(scene, operation.tokenExpiresAt, 'first', now)
      return String(await store.redeem(id, tokens, 'sealed', now, operation.owner))
    }
    case 'rotate': {
      const tokens = tokensUntil(scene, operation.tokenExpiresAt, operation.to, now)
      return String(await store.rotateRefreshToken(id, operation.from, tokens, 'sealed', now, operation.owner))
    }
    case 'use':
      return String((await store.findToken(id, accessTokenOf(operation.refreshHash), now))?.type)
    case 'derive': {
      const tokens = scene.derived(0, { issuedAt: now, accessTokenExpiresAt: operation.tokenExpiresAt })
      return String(await store.deriveAccessToken(id, accessTokenOf(operation.refreshHash), tokens, now))
    }
    case 'replay':
      return String(await store.replayRotation(id, operation.replaced, now))
    case 'revoke':
      return String(await store.revoke(id, now))
    case 'find':
      return String((await store.findIds({ subject: operation.subject }, now)).includes(id))
  }
}

/** Tries all orders of the observed steps. @returns the states that the model reaches with the same answers */
function explain(states: readonly ModelState[], observed: readonly Observed[], now: number): readonly ModelState[] {
  if (observed.length === 0) return states
  const after = new Map<string, ModelState>()
  observed.forEach(({ operation, answer }, index) => {
    const reached = states.map((state) => applyStep(state, operation, now))
    const matching = reached.filter(([, expected]) => expected === answer).map(([state]) => state)
    if (matching.length === 0) return
    const rest = observed.filter((_, other) => other !== index)
    for (const state of explain(matching, rest, now)) after.set(JSON.stringify(state), state)
  })
  return [...after.values()]
}

/** Checks what must hold even if the model is wrong. */
function checkInvariants(tested: TestedCredential, observed: readonly Observed[]): void {
  for (const { operation, answer } of observed) {
    if (operation.step === 'decide' && operation.approved && answer === 'decided') tested.approvals++
    if (operation.step === 'redeem' && answer === 'true') tested.redemptions++
  }
  assert.ok(tested.redemptions <= 1, 'at most one redemption')
  assert.ok(tested.redemptions <= tested.approvals, 'no redemption without an approval')
  const polls = observed.filter(({ operation }) => operation.step === 'poll' && operation.clientId !== 'other-client')
  if (observed.length !== 1 || polls[0] === undefined) return
  const [status = ''] = polls[0].answer.split(' ')
  assert.ok(afterTerminal[tested.lastPoll]?.includes(status) ?? true, `${status} after ${tested.lastPoll}`)
  tested.lastPoll = status
}

async function interleave(scene: Scene, seed: number, steps: number): Promise<void> {
  const random = seededRandom(seed)
  const slots: TestedCredential[] = []
  let seconds = 0
  for (let step = 0; step < steps; ) {
    seconds += random.pick(pauses)
    const now = scene.at(seconds)
    for (let slot = 0; slot < CREDENTIALS_AT_ONCE; slot++) {
      // the end of tokens that were issued in the last second of the code; rotated tokens may live longer
      const old = slots[slot]
      if (old === undefined || old.credential.createdAt + 2.6 * CREDENTIAL_LIFETIME * 1000 <= now)
        slots[slot] = await begin(scene, seconds)
    }
    const batch = Array.from({ length: 1 + random.below(5) }, () => ({
      slot: random.below(CREDENTIALS_AT_ONCE),
      operation: nextOperation(random, scene, seconds),
    }))
    const perSlot = batch.map(async ({ slot, operation }) => {
      const id = slots[slot]?.credential.id ?? ''
      return { slot, operation, answer: await perform(scene.store, scene, id, operation, now) }
    })
    const observed = await Promise.all(perSlot)
    for (const [slot, tested] of slots.entries()) {
      const own = observed.filter((each) => each.slot === slot)
      const trace = `seed ${seed}, step ${step}: ${JSON.stringify(own)} from ${JSON.stringify(tested.states)}`
      tested.states = explain(tested.states, own, now)
      assert.ok(tested.states.length > 0, `${trace}: no order of these steps explains the answers`)
      checkInvariants(tested, own)
    }
    step += batch.length
  }
}

/** Cases of random steps, from a seed: steps that run in parallel must look as if they had run one after the other. */
export function interleavingCases(seeds: readonly number[], steps: number): readonly StoreCase[] {
  return seeds.map((seed) =>
    storeCase(`random interleavings agree with the model (seed ${seed})`, (scene) => interleave(scene, seed, steps)),
  )
}
