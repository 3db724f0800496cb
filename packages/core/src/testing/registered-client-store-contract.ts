import { strict as assert } from 'node:assert'
import type { RegisteredClient, RegisteredClientStore } from '../contract/registration.ts'
import type { Awaitable } from '../http.ts'
import type { ContractCase } from './contract-case.ts'
import { randomHash } from './store-contract/scene.ts'

/** A limit that no case reaches. */
const MANY = 10_000

/** A record with all members, and with texts that a careless database would change. */
function newRecord(changes: Partial<RegisteredClient> = {}, clientId = `registered-${randomHash()}`): RegisteredClient {
  return {
    client: {
      client_id: clientId,
      client_name: `TV "5'\\ %s" \u00e9 e\u0301 \u5ba2 \u{1f4fa} \u202e`,
      scope: 'profile email',
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret_hash: randomHash(),
    },
    issuedAt: 1_767_225_600,
    tokenHash: randomHash(),
    softwareStatement: `a \u0000 \ud800 \n${'x'.repeat(40_000)}`,
    revision: 0,
    ...changes,
  }
}

/** The record after one more change. */
function changed(record: RegisteredClient): RegisteredClient {
  return { ...record, tokenHash: randomHash(), revision: record.revision + 1 }
}

function idOf({ client }: RegisteredClient): string {
  return client.client_id
}

async function inserted(store: RegisteredClientStore, record = newRecord()): Promise<RegisteredClient> {
  assert.equal(await store.insert(record, MANY), true, 'a record with a new client_id is added')
  return record
}

/** Checks that the store has this record, unchanged; or none with this `client_id`, if `expected` is `undefined`. */
async function finds(store: RegisteredClientStore, id: string, expected: RegisteredClient | undefined): Promise<void> {
  const found = (await store.find(id)) ?? undefined
  assert.deepEqual(found && { ...found }, expected, `the record of ${JSON.stringify(id)}`)
}

/** Starts all calls at once. @returns the indexes of those that answered `true` */
async function winners(calls: readonly (() => Awaitable<boolean>)[]): Promise<readonly number[]> {
  const answers = await Promise.all(calls.map(async (call) => call()))
  return answers.flatMap((answer, index) => (answer ? [index] : []))
}

const insertCases: Readonly<Record<string, (store: RegisteredClientStore) => Promise<void>>> = {
  async 'finds a record as it was inserted, and none under another id'(store) {
    const first = await inserted(store)
    const { softwareStatement: _, ...bare } = newRecord()
    const second = await inserted(store, bare)
    await finds(store, idOf(first), first)
    await finds(store, idOf(second), second)
    await finds(store, `registered-${randomHash()}`, undefined)
  },

  async 'inserts up to maxClients, and one more for each that was removed'(store) {
    const records = [newRecord(), newRecord(), newRecord()] as const
    const added = async (record: RegisteredClient): Promise<boolean> => store.insert(record, 2)
    assert.deepEqual([await added(records[0]), await added(records[1]), await added(records[2])], [true, true, false])
    await finds(store, idOf(records[2]), undefined)
    assert.equal(await store.remove(idOf(records[0])), true)
    assert.deepEqual([await added(records[2]), await added(records[0])], [true, false])
  },

  async 'of 20 parallel insertions only as many are added as there is room for, again and again'(store) {
    for (let room = 1; room <= 5; room++) {
      const records = Array.from({ length: 20 }, () => newRecord())
      const added = await winners(records.map((record) => () => store.insert(record, room)))
      assert.equal(added.length, 1, `places for ${room} clients, of which one is free`)
      for (const [index, record] of records.entries()) {
        await finds(store, idOf(record), added.includes(index) ? record : undefined)
      }
    }
  },

  async 'a store that is full, or fuller than today allowed, still changes and removes'(store) {
    const [record, other] = [await inserted(store), await inserted(store)]
    assert.equal(await store.insert(newRecord(), 1), false)
    const next = changed(record)
    assert.equal(await store.replace(next), true)
    await finds(store, idOf(record), next)
    assert.equal(await store.remove(idOf(other)), true)
  },

  async 'of parallel insertions with one client_id the first one stays, for good'(store) {
    const clientId = `registered-${randomHash()}`
    const records = Array.from({ length: 10 }, () => newRecord({}, clientId))
    const [winner, ...others] = await winners(records.map((record) => () => store.insert(record, MANY)))
    assert.ok(winner !== undefined)
    assert.deepEqual(others, [])
    assert.equal(await store.insert(newRecord({}, clientId), MANY), false)
    await finds(store, clientId, records[winner])
  },

  async 'ids that differ in one character only are different clients'(store) {
    const id = `registered-${randomHash()}`
    const odd = [
      'a',
      'A',
      'a ',
      ' a',
      'a%',
      'a_',
      'a\\',
      "a'",
      'a"',
      'a:',
      '{a}',
      'a*',
      'a\n',
      '\u00e9',
      'e\u0301',
      '\u{1f4fa}',
    ]
    const records = odd.map((end) => newRecord({}, `${id}${end}`))
    for (const record of [...records, newRecord({}, '__proto__'), newRecord({}, 'constructor')]) {
      await finds(store, idOf(record), undefined)
      await inserted(store, record)
    }
    for (const record of records) await finds(store, idOf(record), record)
    assert.equal(await store.remove(`${id}a`), true)
    await finds(store, `${id}a`, undefined)
    await finds(store, `${id}A`, records[1])
  },

  async 'an id that a database may be unable to hold is not found, and fails nothing'(store) {
    for (const id of ['', 'registered-\0', 'registered-\ud800', `registered-${'x'.repeat(10_000)}`]) {
      await finds(store, id, undefined)
      assert.equal(await store.replace(newRecord({ revision: 1 }, id)), false)
      assert.equal(await store.remove(id), false)
    }
  },
}

const changeCases: Readonly<Record<string, (store: RegisteredClientStore) => Promise<void>>> = {
  async 'replaces the record of the revision before, again and again'(store) {
    let record = await inserted(store)
    for (let change = 0; change < 3; change++) {
      record = changed(record)
      assert.equal(await store.replace(record), true)
      await finds(store, idOf(record), record)
    }
  },

  async 'does not replace a record of another revision, nor one that is not there'(store) {
    const kept = changed(changed(await inserted(store)))
    const [first, second] = [{ ...kept, revision: 1 }, kept]
    assert.deepEqual([await store.replace(second), await store.replace(first)], [false, true])
    assert.equal(await store.replace(second), true)
    for (const revision of [0, 1, 2, 4]) assert.equal(await store.replace({ ...kept, revision }), false)
    await finds(store, idOf(kept), kept)
    const missing = newRecord({ revision: 1 })
    assert.equal(await store.replace(missing), false)
    await finds(store, idOf(missing), undefined)
  },

  async 'a change touches no other record'(store) {
    const [record, other] = [await inserted(store), await inserted(store)]
    assert.equal(await store.replace(changed(record)), true)
    await finds(store, idOf(other), other)
    assert.equal(await store.remove(idOf(record)), true)
    await finds(store, idOf(other), other)
  },

  async 'of 20 parallel changes of one revision one wins, and its record stays'(store) {
    const record = await inserted(store)
    const changes = Array.from({ length: 20 }, () => changed(record))
    const [winner, ...others] = await winners(changes.map((change) => () => store.replace(change)))
    assert.ok(winner !== undefined)
    assert.deepEqual(others, [])
    await finds(store, idOf(record), changes[winner])
  },

  async 'of 20 parallel removals one says that it removed the record'(store) {
    const id = idOf(await inserted(store))
    assert.equal((await winners(Array.from({ length: 20 }, () => () => store.remove(id)))).length, 1)
    await finds(store, id, undefined)
    assert.equal(await store.remove(id), false)
  },

  async 'a change at the same time as the removal does not bring the record back'(store) {
    for (let round = 0; round < 6; round++) {
      const record = await inserted(store)
      const remove = () => store.remove(idOf(record))
      const calls = [remove, () => store.replace(changed(record))]
      const answered = await winners(round % 2 === 0 ? calls : calls.reverse())
      assert.ok(answered.includes(calls.indexOf(remove)), 'the record is removed, in either revision')
      await finds(store, idOf(record), undefined)
      assert.equal(await store.replace(changed(record)), false)
    }
  },
}

/**
 * The contract of {@link RegisteredClientStore} as cases for any test runner.
 *
 * @param makeStore - Called once for each case. The store has to be empty, because the number of records is limited.
 * @example
 * for (const { name, run } of registeredClientStoreContract(() => new MyClientStore())) test(name, run)
 */
export function registeredClientStoreContract(
  makeStore: () => Awaitable<RegisteredClientStore>,
): readonly ContractCase[] {
  const cases = Object.entries({ ...insertCases, ...changeCases })
  return cases.map(([name, check]) => ({ name, run: async () => check(await makeStore()) }))
}
