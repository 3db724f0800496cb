import { strictEqual } from 'node:assert'
import { randomUUID } from 'node:crypto'
import type { Awaitable } from '@device-auth/core'
import type { Passkey, PasskeyStore } from './passkey.ts'

/** One requirement of the contract, as a test case. */
export interface PasskeyStoreCase {
  /** The requirement in words; unique. */
  readonly name: string
  /** Runs the case. Rejects with an `AssertionError` if the requirement is not met. */
  run(): Promise<void>
}

function passkey(changes: Partial<Passkey> = {}): Passkey {
  return {
    id: randomUUID(),
    subject: randomUUID(),
    publicKey: new Uint8Array([165, 1, 2, 0, 255]),
    counter: 7,
    transports: ['internal', 'hybrid'],
    backupEligible: true,
    backedUp: false,
    createdAt: 1_767_225_600_000,
    lastUsedAt: undefined,
    ...changes,
  }
}

const use = (counter: number) => ({ counter, backedUp: true, usedAt: 1_767_225_660_000 })

async function countTrue(results: readonly Awaitable<boolean>[]): Promise<number> {
  return (await Promise.all(results)).filter(Boolean).length
}

const cases: Readonly<Record<string, (store: PasskeyStore) => Promise<void>>> = {
  async 'lists a passkey as it was added, to its user only'(store) {
    const added = passkey()
    strictEqual(await store.add(added), true)
    const [found, ...others] = await store.list(added.subject)
    strictEqual(others.length, 0)
    const plain = (one?: Passkey) =>
      JSON.stringify({ ...one, publicKey: Buffer.from(one?.publicKey ?? []).toString('hex') })
    strictEqual(plain(found && sorted(found)), plain(sorted(added)))
    strictEqual((await store.list(randomUUID())).length, 0)
  },
  async 'lists the oldest passkey first'(store) {
    const first = passkey()
    const second = passkey({ subject: first.subject, createdAt: first.createdAt + 1 })
    await store.add(first)
    await store.add(second)
    const ids = (await store.list(first.subject)).map(({ id }) => id)
    strictEqual(ids.join(), [first.id, second.id].join())
  },
  async 'adds an id once, whoever the user is, also at the same time'(store) {
    const one = passkey()
    const results = [0, 1, 2, 3].map((index) => store.add({ ...one, subject: `${one.subject}-${index}` }))
    strictEqual(await countTrue(results), 1)
  },
  async 'records a use: counter, backup state and time'(store) {
    const one = passkey()
    await store.add(one)
    strictEqual(await store.use(one.id, use(9)), true)
    const [found] = await store.list(one.subject)
    const { counter, backedUp, lastUsedAt, backupEligible } = found ?? one
    strictEqual(
      JSON.stringify([counter, backedUp, lastUsedAt, backupEligible]),
      JSON.stringify([9, true, use(9).usedAt, true]),
    )
  },
  async 'refuses a counter that has not grown, and changes nothing'(store) {
    const one = passkey()
    await store.add(one)
    for (const counter of [7, 6, 0]) strictEqual(await store.use(one.id, use(counter)), false)
    const [found] = await store.list(one.subject)
    strictEqual(found?.counter, 7)
    strictEqual(found.backedUp, false)
  },
  async 'accepts 0 again and again while the counter is 0'(store) {
    const one = passkey({ counter: 0 })
    await store.add(one)
    strictEqual(await store.use(one.id, use(0)), true)
    strictEqual(await store.use(one.id, use(0)), true)
  },
  async 'accepts one of several uses with the same counter at the same time'(store) {
    const one = passkey()
    await store.add(one)
    strictEqual(await countTrue([0, 1, 2, 3].map(() => store.use(one.id, use(8)))), 1)
  },
  async 'removes a passkey for its own user only, after which it cannot be used'(store) {
    const one = passkey()
    await store.add(one)
    strictEqual(await store.remove(randomUUID(), one.id), false)
    strictEqual(await store.remove(one.subject, one.id), true)
    strictEqual(await store.remove(one.subject, one.id), false)
    strictEqual(await store.use(one.id, use(9)), false)
    strictEqual((await store.list(one.subject)).length, 0)
  },
}

function sorted(one: Passkey): Passkey {
  const { id, subject, publicKey, counter, transports, backupEligible, backedUp, createdAt, lastUsedAt } = one
  return { id, subject, publicKey, counter, transports, backupEligible, backedUp, createdAt, lastUsedAt }
}

/**
 * The contract of {@link PasskeyStore} as cases for any test runner. All ids are random, so that stores may share a database.
 *
 * @param makeStore - Called once for each case.
 * @example
 * for (const { name, run } of passkeyStoreContract(() => new MyPasskeyStore())) test(name, run)
 */
export function passkeyStoreContract(makeStore: () => Awaitable<PasskeyStore>): readonly PasskeyStoreCase[] {
  return Object.entries(cases).map(([name, check]) => ({ name, run: async () => check(await makeStore()) }))
}
