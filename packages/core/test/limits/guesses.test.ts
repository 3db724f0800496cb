import { describe, expect, it } from 'vitest'
import type { OAuthResponse } from '../../src/http.ts'
import { ANY_CODE_ODDS } from '../../src/limits/guess-odds.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { faultyStore } from '../../src/testing/faulty-store.ts'
import { seededRandom } from '../../src/testing/random.ts'
import { alice, bob, createPageServer, title, type Visitor } from '../verification/visitor.ts'

type Server = ReturnType<typeof createPageServer>

const wrong = 'BCDF-GHJK'

async function type(visitor: Visitor, userCode: string): Promise<OAuthResponse> {
  return visitor.post({ handle: await visitor.handle(''), user_code: userCode, action: 'continue' })
}

/** Presents wrong codes of one account, each from a new browser. Returns how many were looked up. */
async function guess(server: Server, id: string, times: number, ip?: string): Promise<number> {
  let lookedUp = 0
  for (let time = 0; time < times; time++) {
    if ((await server.visit({ id }, undefined, ip).get(`user_code=${wrong}`)).status === 200) lookedUp++
  }
  return lookedUp
}

/** Types three wrong codes and then the right one. Returns the last status, which is 303 for a right code. */
async function signInWithTypos(server: Server, visitor: Visitor): Promise<number> {
  const { user_code } = await server.start({ client_id: 'tv' }, { ip: '10.0.0.1' })
  for (let typo = 0; typo < 3; typo++) await type(visitor, wrong)
  return (await type(visitor, user_code)).status
}

function limitsHit(server: Server): string[] {
  const hit: string[] = []
  server.deviceAuth.on('limited', ({ limit }) => hit.push(limit))
  return hit
}

describe('budgets', () => {
  it('F-30 one browser may present five wrong codes, from any address, by form and by link', async () => {
    const server = createPageServer()
    const hit = limitsHit(server)
    const phone = new Map<string, string>()
    const statuses: number[] = []
    for (let time = 0; time < 6; time++) {
      const visitor = server.visit(alice, undefined, `203.0.113.${time}`, phone)
      // the first visit sets the cookie
      const handle = await visitor.handle('')
      const form = { handle, user_code: wrong, action: 'continue' }
      statuses.push((await (time % 2 === 0 ? visitor.post(form) : visitor.get(`user_code=${wrong}`))).status)
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
    expect(hit).toEqual(['browser'])
  })

  it('F-30 one account may present ten wrong codes an hour, one address twenty', async () => {
    const server = createPageServer()
    const hit = limitsHit(server)
    expect(await guess(server, 'mallory', 12, '203.0.113.1')).toBe(10)
    expect(await guess(server, 'trudy', 12, '203.0.113.1')).toBe(10)
    expect(await guess(server, 'eve', 12, '203.0.113.1')).toBe(4)
    expect(await guess(server, 'eve', 12, '203.0.113.2')).toBe(6)
    expect(hit).toEqual([...Array(4).fill('user'), ...Array(8).fill('address'), ...Array(6).fill('user')])
  })

  it('F-31 a repeated user_code is not looked up, so it does not bypass the budget', async () => {
    const server = createPageServer()
    const { user_code } = await server.start()
    const visitor = server.visit(alice)
    expect(title(await visitor.get(`user_code=${wrong}&user_code=${user_code}`))).toBe('Connect a device')
    expect(await guess(server, 'alice', 12)).toBe(10)
  })

  it('F-31 a right code gives back its own attempt in the budgets of account, address and browser, and no other', async () => {
    const server = createPageServer()
    const visitor = server.visit(alice)
    await visitor.get()
    for (let round = 0; round < 20; round++) await visitor.enter((await server.start()).user_code)
    for (let time = 0; time < 5; time++) expect((await type(visitor, wrong)).status).toBe(200)
    expect((await type(visitor, wrong)).status).toBe(429)
  })

  it('F-33 guesses from many addresses spend the server’s budget; accounts that have not guessed still pass', async () => {
    const server = createPageServer({ limits: { userCodes: 100 } })
    const hit = limitsHit(server)
    let lookedUp = 0
    for (let time = 0; time < 200; time++) {
      lookedUp += await guess(server, `account-${time % 10}`, 1, `198.51.${time >> 8}.${time & 255}`)
    }
    // 10 accounts with four clean attempts each, which is more than the quarter of the budget that is open to all
    expect(lookedUp).toBe(40)
    expect(new Set(hit)).toEqual(new Set(['server']))
    for (const id of ['alice', 'bob', 'carol']) {
      expect(await signInWithTypos(server, server.visit({ id }))).toBe(303)
    }
  })

  it('F-33 the server’s budget limits clean accounts too, so that the odds hold', async () => {
    const server = createPageServer({ limits: { userCodes: 100 } })
    let lookedUp = 0
    for (let account = 0; account < 30; account++) {
      lookedUp += await guess(server, `account-${account}`, 4, `198.51.100.${account}`)
    }
    expect(lookedUp).toBe(100)
    const { user_code } = await server.start()
    const refused = await type(server.visit(alice), user_code)
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '3600'])
    server.clock.advance(3600)
    expect((await type(server.visit(alice), (await server.start()).user_code)).status).toBe(303)
  })

  it('F-34 a spent budget of an address does not lock out its other users', async () => {
    const server = createPageServer()
    const ip = '203.0.113.1'
    for (const id of ['mallory', 'trudy', 'eve']) await guess(server, id, 12, ip)
    expect((await type(server.visit({ id: 'mallory' }, undefined, ip), wrong)).status).toBe(429)
    expect(await signInWithTypos(server, server.visit(alice, undefined, ip))).toBe(303)
  })

  it('F-34 a spent budget of a browser does not lock out its later users', async () => {
    const server = createPageServer()
    const kiosk = new Map<string, string>()
    for (const user of [bob, { id: 'mallory' }]) {
      await server.visit(user, undefined, undefined, kiosk).get()
      for (let time = 0; time < 6; time++) await type(server.visit(user, undefined, undefined, kiosk), wrong)
    }
    expect((await type(server.visit(bob, undefined, undefined, kiosk), wrong)).status).toBe(429)
    expect(await signInWithTypos(server, server.visit(alice, undefined, undefined, kiosk))).toBe(303)
  })

  it.each(['10.0.0.1', 'unknown'])('F-34 the address %s, which many share, limits nobody', async (ip) => {
    const server = createPageServer({ limits: { userCodesPerAddress: 1 } })
    expect(await guess(server, 'mallory', 12, ip)).toBe(10)
    expect(await guess(server, 'trudy', 12, ip)).toBe(10)
  })

  it('F-30 an IPv6 /48 has ten times the wrong codes of a /64', async () => {
    const server = createPageServer({ limits: { userCodesPerAddress: 6 } })
    let lookedUp = 0
    for (let account = 0; account < 10; account++) {
      lookedUp += await guess(server, `account-${account}`, 12, `2001:db8:1:${account}::1`)
    }
    expect(lookedUp).toBe(60)
    expect(await guess(server, 'eve', 12, '2001:db8:1:ffff::1')).toBe(4)
    expect(await guess(server, 'trudy', 12, '2001:db8:2::1')).toBe(6)
  })

  it('F-33 an account cannot save attempts of one hour for the next: the hours of accounts and server are the same', async () => {
    const server = createPageServer()
    server.clock.advance(3000)
    expect(await guess(server, 'mallory', 1)).toBe(1)
    server.clock.advance(600)
    expect(await guess(server, 'mallory', 12)).toBe(10)
    server.clock.advance(3000)
    expect(await guess(server, 'mallory', 1)).toBe(0)
  })

  it('F-30 a refused guess takes nothing from the other budgets', async () => {
    const server = createPageServer({ limits: { userCodes: 30 } })
    await Promise.all(Array.from({ length: 100 }, () => guess(server, 'mallory', 1)))
    expect(await guess(server, 'alice', 4)).toBe(4)
  })
})

describe('codes that a user cannot have', () => {
  it('F-36 unknown, expired, decided, foreign and bound codes take the same store steps, by form and by link', async () => {
    const steps: string[] = []
    const memory = new MemoryStore()
    const store = faultyStore(memory, (step) => void steps.push(step))
    const server = createPageServer({
      store,
      hooks: {
        saveDeviceCredential: (asked) =>
          memory.createDeviceCredential(asked.scope === 'email' ? { ...asked, boundSubject: 'carol' } : asked),
      },
    })
    const expired = await server.start()
    server.clock.advance(601)
    const [decided, foreign] = [await server.start(), await server.start()]
    const bound = await server.start({ client_id: 'tv', scope: 'email' })
    await server.approve(decided.user_code)
    await server.visit(bob).enter(foreign.user_code)
    const codes = [wrong, expired.user_code, decided.user_code, bound.user_code, foreign.user_code]
    for (const present of [
      (code: string) => server.visit({ id: `by link ${code}` }).get(`user_code=${code}`),
      (code: string) => type(server.visit({ id: `by form ${code}` }), code),
    ]) {
      const costs = new Set<string>()
      for (const code of codes) {
        steps.length = 0
        expect(title(await present(code))).toBe('Connect a device')
        costs.add(steps.join(' '))
      }
      expect([...costs]).toHaveLength(1)
    }
  })
})

describe('an attack', () => {
  // 50 accounts have 10 guesses an hour each, so 500 of the 10,000 guesses are looked up. With 1,000 live codes of 20^8
  // possible ones, the odds to find any are 500 * 1000 / 20^8 = 2^-15.6. The limit is 2^-10, for 5,000 guesses and 5,000 codes.
  it('F-30 F-33 8628-5.1-1 10,000 guesses from 1,000 addresses and 50 accounts find none of 1,000 live codes; users with three typos still sign in', {
    timeout: 120_000,
  }, async () => {
    // a hundred guesses are under way at any time
    const server = createPageServer({ maxConcurrentRequests: 1_000 })
    const random = seededRandom(8628)
    const live = new Set<string>()
    for (let device = 0; device < 1_000; device++) {
      live.add((await server.start({ client_id: 'tv' }, { ip: '10.0.0.1' })).user_code.replace('-', ''))
    }
    const alphabet = 'BCDFGHJKLMNPQRSTVWXZ'
    let [lookedUp, lucky, hits] = [0, 0, 0]
    const attack = async (): Promise<void> => {
      const code = Array.from({ length: 8 }, () => alphabet.charAt(random.below(alphabet.length))).join('')
      const address = random.below(1_000)
      const attacker = { id: `attacker-${random.below(50)}` }
      const visitor = server.visit(attacker, undefined, `100.64.${address >> 8}.${address & 255}`)
      const { status } = await visitor.get(`user_code=${code}`)
      if (status !== 429) lookedUp++
      if (status !== 429 && live.has(code)) lucky++
      if (status === 303) hits++
    }
    const honest: number[] = []
    for (let round = 0; round < 100; round++) {
      const guesses = Promise.all(Array.from({ length: 100 }, attack))
      // every second person shares an address with the attack
      const ip = round % 2 === 0 ? `100.64.0.${round}` : `192.0.2.${round}`
      const person = server.visit({ id: `person-${round}` }, undefined, ip)
      honest.push(await signInWithTypos(server, person))
      await guesses
    }
    expect(live.size).toBe(1_000)
    expect(lookedUp).toBe(500)
    expect((lookedUp * live.size) / 20 ** 8).toBeLessThan(ANY_CODE_ODDS)
    // the codes are new in each run: one run in 50,000 guesses one of them
    expect(hits).toBe(lucky)
    expect(honest).toEqual(Array(100).fill(303))
  })
})
