import { describe, expect, test } from 'vitest'
import type { Answer, Entry, EventEntry, History, Operation, Step } from './history.ts'
import type { UserPlan } from './plan.ts'
import { grantIdOf } from './rules/facts.ts'
import { check, rules } from './rules.ts'
import { setups } from './setups.ts'

const plain: UserPlan = {
  number: 0,
  startsAt: 0,
  decision: 'approves',
  by: 'api',
  thinks: 0,
  mistypes: 0,
  drops: 0,
  doubled: false,
  refreshEvery: 5,
  stays: 10,
  revokes: true,
}

/** A step of the only sign-in, at this second; it takes 10 ms. */
function does(second: number, step: Step, answer: Answer, more: Partial<Operation> = {}): Operation {
  const at = second * 1000
  const status = answer.error === undefined ? 200 : 400
  return { kind: 'operation', at, ended: at + 10, user: 0, code: 'D', step, node: 0, status, answer, ...more }
}

function happens(second: number, name: string, text = ''): EventEntry {
  return { kind: 'event', at: second * 1000, node: 0, name, grantId: grantIdOf('D'), text }
}

const pending = { error: 'authorization_pending' }
const first = { access: 'A1', refresh: 'R1' }
const second = { access: 'A2', refresh: 'R2' }
const codes = does(0, 'codes', { deviceCode: 'D', userCode: 'BCDF-GHJK', expiresIn: 60 })
const found = does(1, 'enter', { result: 'found' })
const approved = does(2, 'approve', { result: 'decided' })
const signedIn = [codes, found, does(1.5, 'poll', pending), approved, does(3, 'poll', first)]

function broken(entries: readonly Entry[], user: Partial<UserPlan> = {}, setup = 'postgres'): readonly string[] {
  const plan = { setup, seed: 1, seconds: 10, users: [{ ...plain, ...user }], faults: [] }
  const history: History = { plan, entries, faultsEnded: 10_000, ended: 200_000 }
  return [...new Set(check(history).map(({ rule }) => rule.id))]
}

/** A history that breaks one rule, and one that nearly does. */
interface Pair {
  readonly breaks: readonly Entry[]
  readonly holds: readonly Entry[]
  readonly user?: Partial<UserPlan>
}

const refreshed = does(5, 'refresh', second, { given: 'R1' })
const refused = { error: 'invalid_grant' }
const revoked = does(8, 'revoke', {}, { given: 'R1' })

const pairs: Readonly<Record<string, Pair>> = {
  'one-family': {
    breaks: [...signedIn, does(4, 'poll', second)],
    holds: [...signedIn, does(4, 'poll', first)],
  },
  'one-successor': {
    breaks: [...signedIn, refreshed, does(6, 'refresh', { access: 'A3', refresh: 'R3' }, { given: 'R1' })],
    holds: [...signedIn, refreshed, does(6, 'refresh', { access: 'A3', refresh: 'R3' }, { given: 'R2' })],
  },
  'approval-first': {
    breaks: [codes, does(1, 'poll', first), found, approved],
    // the answer to the approval is still on its way
    holds: [codes, found, { ...approved, ended: 9000 }, does(3, 'poll', first)],
  },
  'denial-final': {
    user: { decision: 'denies' },
    breaks: [codes, found, does(2, 'deny', { result: 'decided' }), does(3, 'approve', { result: 'decided' })],
    holds: [codes, found, does(2, 'deny', { result: 'decided' }), does(3, 'approve', { result: 'alreadyDecided' })],
  },
  'revoked-stays-revoked': {
    breaks: [...signedIn, revoked, does(9, 'introspect', { active: true }, { given: 'A1' })],
    // it began before the revocation was acknowledged
    holds: [...signedIn, revoked, does(8.005, 'introspect', { active: true }, { given: 'A1' })],
  },
  'no-server-error': {
    breaks: [...signedIn, does(2.5, 'poll', {}, { status: 503 })],
    holds: [...signedIn, does(2.5, 'refresh', {}, { status: 503, given: 'R1' })],
  },
  'code-known': {
    breaks: [codes, does(1, 'enter', { result: 'unknown' }), ...signedIn.slice(1)],
    holds: [codes, does(1, 'enter', { result: 'unknown' }, { note: 'mistyped' }), ...signedIn.slice(1)],
  },
  'true-answer': {
    user: { decision: 'forgets' },
    breaks: [codes, does(50, 'poll', { error: 'expired_token' })],
    holds: [codes, does(61, 'poll', { error: 'expired_token' })],
  },
  'final-answer': {
    user: { decision: 'forgets' },
    breaks: [codes, does(70, 'poll', pending), does(88, 'poll', pending)],
    holds: [codes, does(70, 'poll', pending), does(88, 'poll', { error: 'expired_token' })],
  },
  'everyone-gets-in': {
    breaks: signedIn.slice(0, 4),
    holds: signedIn,
  },
  'live-token': {
    breaks: [...signedIn, does(4, 'introspect', { active: false }, { given: 'A1' })],
    holds: [...signedIn, revoked, does(9, 'introspect', { active: false }, { given: 'A1' })],
  },
  'stays-signed-in': {
    breaks: [...signedIn, refreshed, does(6, 'refresh', refused, { given: 'R1' })],
    // the lost answer is not given again for so long
    holds: [...signedIn, refreshed, does(36, 'refresh', refused, { given: 'R1' })],
  },
  'theft-only': {
    breaks: [...signedIn, happens(5, 'reuseDetected')],
    holds: [...signedIn, revoked, happens(9, 'reuseDetected'), happens(4, 'replayed', 'answered')],
  },
  'steady-pace': {
    breaks: [...signedIn, does(3.5, 'poll', pending), does(4.6, 'poll', { error: 'slow_down' })],
    holds: [...signedIn, does(3.5, 'poll', {}, { status: 0 }), does(4.6, 'poll', { error: 'slow_down' })],
  },
  'nobody-blamed': {
    breaks: [...signedIn, does(4, 'enter', {}, { status: 429 })],
    holds: signedIn,
  },
  'no-crash': {
    breaks: [...signedIn, { kind: 'event', at: 1, node: 2, name: 'crashed', text: 'code 1' }],
    holds: [...signedIn, { kind: 'event', at: 1, node: 2, name: 'failed', text: 'poll' }],
  },
}

describe('each rule', () => {
  test('has a history that breaks it', () => {
    expect(Object.keys(pairs)).toEqual(rules.map(({ id }) => id))
  })

  test.each(Object.entries(pairs))('%s is broken by such a history, and by no other', (id, { breaks, holds, user }) => {
    expect(broken(breaks, user)).toEqual([id])
    expect(broken(holds, user)).toEqual([])
  })
})

describe('a final answer is due', () => {
  const late = [codes, does(70, 'poll', pending), does(88, 'poll', pending, { at: 83_000 })]

  function strikes(fault: string, target: string, from: number, until: number): Entry {
    return { kind: 'fault', fault, target, at: from * 1000, ended: until * 1000 }
  }

  test.each([
    ['the database', strikes('freeze database long', 'database server 0', 60, 92)],
    ['all links', strikes('silent links long', 'all links', 60, 92)],
    ['the links of this node', strikes('very slow links', 'links of node 0 by 1500 ms', 60, 92)],
  ])('not while %s is away for as long as the device polls', (_, fault) => {
    expect(broken([...late, fault], { decision: 'forgets' })).toEqual([])
  })

  test.each([
    ['other links', strikes('silent links long', 'links of node 1', 60, 92)],
    ['another node', strikes('freeze node long', 'node 1', 60, 92)],
    ['the database until ten seconds before the poll', strikes('freeze database long', 'database server 0', 40, 60)],
  ])('although %s is away', (_, fault) => {
    expect(broken([...late, fault], { decision: 'forgets' })).toEqual(['final-answer'])
  })
})

test('a device that may have missed a slow_down is not called steady for the rest of its sign-in', () => {
  const polls = [
    does(3, 'poll', {}, { status: 0 }),
    does(14, 'poll', pending),
    does(55, 'poll', { error: 'slow_down' }),
  ]
  expect(broken([codes, ...polls], { decision: 'forgets' })).toEqual([])
  expect(broken([codes, ...polls.slice(1)], { decision: 'forgets' })).toEqual(['steady-pace'])
})

describe('what is not promised', () => {
  test('a set-up excludes rules that exist, each with a reason', () => {
    const ids = rules.map(({ id }) => id)
    for (const { excluded } of setups) {
      for (const [id, reason] of Object.entries(excluded)) {
        expect(ids).toContain(id)
        expect(reason).toContain('docs/')
      }
    }
  })

  test('an asynchronous failover may forget a redemption, but tokens without an approval stay wrong', () => {
    const { breaks } = pairs['one-family']!
    expect(broken(breaks, {}, 'redis-sentinel-without-wait')).toEqual([])
    expect(broken(pairs['approval-first']!.breaks, {}, 'redis-sentinel-without-wait')).toEqual(['approval-first'])
  })

  test('a fourth request with one refresh token may be refused', () => {
    const again = [5.5, 6, 7].map((at) => does(at, 'refresh', at === 7 ? refused : second, { given: 'R1' }))
    expect(broken([...signedIn, refreshed, ...again])).toEqual([])
  })
})

describe('other ends that are not true', () => {
  test.each([
    ['invalid_grant', does(3, 'poll', refused)],
    ['access_denied', does(3, 'poll', { error: 'access_denied' })],
  ])('%s for a code that lives and that nobody denied', (_, poll) => {
    expect(broken([codes, poll], { decision: 'forgets' })).toEqual(['true-answer'])
  })
})
