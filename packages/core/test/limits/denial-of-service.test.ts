import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/testing/random.ts'
import { createPageServer } from '../verification/visitor.ts'

// One hour of virtual time. Every five minutes the attacker does all that the limits admit, then honest people sign in: with the
// same client, a tenth of them with a typo. The numbers are those of docs/security/denial-of-service.md.

type Server = ReturnType<typeof createPageServer>

const rounds = 12
const peopleInARound = 50
const wrong = 'BCDF-GHJK'

interface Result {
  /** Share of the honest sign-ins that ended with a token. */
  readonly success: number
  /** Requests that the attacker got codes for, and wrong codes that were looked up, in the hour. */
  readonly requests: number
  readonly guesses: number
}

/** The means of an attacker: addresses that ask for codes, and accounts that guess. */
interface Attack {
  readonly addresses?: (turn: number) => string
  /** The number of addresses that are tried in a round. */
  readonly addressCount?: number
  readonly accounts?: number
}

const ipv4 = (number: number): string => `198.18.${number >> 8}.${number & 255}`

async function askUntilRefused(server: Server, { addresses, addressCount = 0 }: Attack, round: number) {
  let granted = 0
  for (let address = 0; addresses !== undefined && address < addressCount; address++) {
    const ip = addresses(round * addressCount + address)
    while ((await server.deviceAuthorization({ client_id: 'tv' }, { ip })).status === 200) granted++
  }
  return granted
}

async function guessUntilRefused(server: Server, { accounts = 0 }: Attack): Promise<number> {
  let lookedUp = 0
  for (let account = 0; account < accounts; account++) {
    // each guess in a new browser, so that no browser limits them
    const guess = () => server.visit({ id: `attacker-${account}` }, undefined, ipv4(account)).get(`user_code=${wrong}`)
    while ((await guess()).status === 200) lookedUp++
  }
  return lookedUp
}

/** Signs one person in, from an address of its own. Returns `true` if the device got its token. */
async function signIn(server: Server, person: number, typo: boolean): Promise<boolean> {
  const ip = `192.${(person >> 16) & 255}.${(person >> 8) & 255}.${person & 255}`
  const asked = await server.deviceAuthorization({ client_id: 'tv' }, { ip })
  if (asked.status !== 200) return false
  const { user_code, device_code } = JSON.parse(asked.body)
  const visitor = server.visit({ id: `person-${person}` }, undefined, ip)
  const type = async (code: string) =>
    visitor.post({ handle: await visitor.handle(''), user_code: code, action: 'continue' })
  if (typo) await type(wrong)
  const found = await type(user_code)
  if (found.status !== 303) return false
  const handle = await visitor.handle(String(found.headers.location).split('?')[1] ?? '')
  await visitor.post({ handle, action: 'approve' })
  return (await server.poll(device_code)).status === 200
}

async function hourOf(attack: Attack, options: Parameters<typeof createPageServer>[0] = {}): Promise<Result> {
  const server = createPageServer(options)
  const random = seededRandom(14)
  let [requests, guesses, served] = [0, 0, 0]
  for (let round = 0; round < rounds; round++) {
    requests += await askUntilRefused(server, attack, round)
    guesses += await guessUntilRefused(server, attack)
    for (let person = 0; person < peopleInARound; person++) {
      const typo = random.below(10) === 0
      if (await signIn(server, round * peopleInARound + person, typo)) served++
    }
    server.clock.advance(300)
  }
  return { success: served / (rounds * peopleInARound), requests, guesses }
}

const timeout = 300_000

describe('an hour of attack', () => {
  it('XD-6.1.11 F-28 from one IPv6 /64', { timeout }, async () => {
    const attack = { addresses: (turn: number) => `2001:db8:1:1::${(turn & 0xffff).toString(16)}`, addressCount: 10 }
    expect(await hourOf(attack)).toEqual({ success: 1, requests: 300, guesses: 0 })
  })

  it('XD-6.1.11 F-28 from one IPv6 /48, with a new /64 for each try', { timeout }, async () => {
    const attack = { addresses: (turn: number) => `2001:db8:1:${(turn & 0xffff).toString(16)}::1`, addressCount: 100 }
    expect(await hourOf(attack)).toEqual({ success: 1, requests: 3_000, guesses: 0 })
  })

  it('XD-6.1.11 F-28 from 1,000 IPv4 addresses', { timeout }, async () => {
    const result = await hourOf({ addresses: (turn) => ipv4(turn % 1_000), addressCount: 1_000 })
    expect(result).toEqual({ success: 1, requests: 14_500, guesses: 0 })
  })

  it('F-33 with 1,000 accounts, each from an address of its own', { timeout }, async () => {
    expect(await hourOf({ accounts: 1_000 })).toEqual({ success: 1, requests: 0, guesses: 4_750 })
  })

  it('XD-6.1.11 F-28 F-33 from 1,000 IPv4 addresses and with 1,000 accounts at the same time', {
    timeout,
  }, async () => {
    const result = await hourOf({ addresses: (turn) => ipv4(turn % 1_000), addressCount: 1_000, accounts: 1_000 })
    expect(result).toEqual({ success: 1, requests: 14_500, guesses: 4_750 })
  })

  it('F-28 F-33 control: with digital codes, of which there are fewer, 1,000 accounts do stop others', {
    timeout,
  }, async () => {
    const { success } = await hourOf({ accounts: 1_000 }, { userCode: { type: 'digital' } })
    expect(success).toBeLessThan(0.5)
  })
})
