import { describe, expect, test } from 'vitest'
import type { RegisteredClient, RegisteredClientStore } from '../../src/contract/registration.ts'
import { memoryRegisteredClients } from '../../src/stores/memory/registered-clients.ts'
import { registeredClientStoreContract } from '../../src/testing/registered-client-store-contract.ts'

type Step = keyof RegisteredClientStore

/**
 * A store on a map that only gets and sets one record at a time. A weak step awaits between the two, so it writes by what it
 * read before. The other steps are atomic.
 */
function getSetStore(isWeak: (step: Step) => boolean): RegisteredClientStore {
  const records = new Map<string, RegisteredClient>()
  const write = async (step: Step, allowed: () => boolean, change: () => void): Promise<boolean> => {
    await Promise.resolve()
    const isAllowed = allowed()
    if (isWeak(step)) await Promise.resolve()
    if (isAllowed) change()
    return isAllowed
  }
  const keep = (record: RegisteredClient) => () => void records.set(record.client.client_id, record)
  return {
    find: async (id) => records.get(id),
    insert: (record, most) =>
      write('insert', () => !records.has(record.client.client_id) && records.size < most, keep(record)),
    replace: (record) =>
      write('replace', () => records.get(record.client.client_id)?.revision === record.revision - 1, keep(record)),
    remove: (id) =>
      write(
        'remove',
        () => records.has(id),
        () => records.delete(id),
      ),
  }
}

/** Stores with one mistake each. */
const mutants: Readonly<Record<string, () => RegisteredClientStore>> = {
  'adds one client too many': () => {
    const store = memoryRegisteredClients()
    return { ...store, insert: (record, most) => store.insert(record, most + 1) }
  },
  'counts removed clients': () => {
    const store = memoryRegisteredClients()
    let count = 0
    return { ...store, insert: (record, most) => count++ < most && store.insert(record, most) }
  },
  'overwrites a client by an insertion': () => {
    const store = memoryRegisteredClients()
    return {
      ...store,
      async insert(record, most) {
        await store.remove(record.client.client_id)
        return store.insert(record, most)
      },
    }
  },
  'refuses changes when it is full': () => {
    const store = memoryRegisteredClients()
    let isFull = false
    return {
      ...store,
      async insert(record, most) {
        const added = await store.insert(record, most)
        isFull = !added
        return added
      },
      replace: (record) => !isFull && store.replace(record),
    }
  },
  'compares ids without case': () => folded((id) => id.toLowerCase()),
  'compares ids without spaces at the end': () => folded((id) => id.trimEnd()),
  'compares ids in one Unicode form': () => folded((id) => id.normalize()),
  'fails at an id with a zero byte': () => {
    const store = memoryRegisteredClients()
    const find = (id: string): ReturnType<typeof store.find> => {
      if (id.includes('\0')) throw new Error('invalid byte sequence')
      return store.find(id)
    }
    return { ...store, find }
  },
  'keeps a record without its revision': () => {
    const store = memoryRegisteredClients()
    return { ...store, replace: async (record) => (await store.find(record.client.client_id)) !== undefined }
  },
  'replaces older revisions': () => {
    const store = memoryRegisteredClients()
    return {
      ...store,
      async replace(record) {
        const found = await store.find(record.client.client_id)
        return found !== undefined && store.replace({ ...record, revision: found.revision + 1 })
      },
    }
  },
  'brings a removed client back': () => {
    const store = memoryRegisteredClients()
    return { ...store, replace: async (record) => (await store.replace(record)) || store.insert(record, 10_000) }
  },
  'says that it removed what is not there': () => ({ ...memoryRegisteredClients(), remove: () => true }),
  'loses the software statement': () => {
    const store = memoryRegisteredClients()
    return { ...store, insert: ({ softwareStatement: _, ...record }, most) => store.insert(record, most) }
  },
  'cuts long texts': () => {
    const store = memoryRegisteredClients()
    const cut = (text: string): string => text.slice(0, 4_000)
    return {
      ...store,
      insert: ({ softwareStatement, ...record }, most) =>
        store.insert({ ...record, ...(softwareStatement && { softwareStatement: cut(softwareStatement) }) }, most),
    }
  },
}

/** A store that takes some ids for the same. */
function folded(fold: (id: string) => string): RegisteredClientStore {
  const store = memoryRegisteredClients()
  const as = (record: RegisteredClient): RegisteredClient => ({
    ...record,
    client: { ...record.client, client_id: fold(record.client.client_id) },
  })
  return {
    find: (id) => store.find(fold(id)),
    insert: (record, most) => store.insert(as(record), most),
    replace: (record) => store.replace(as(record)),
    remove: (id) => store.remove(fold(id)),
  }
}

/** The names of the cases that a store does not pass. */
async function failures(makeStore: () => RegisteredClientStore): Promise<readonly string[]> {
  const failed: string[] = []
  for (const { name, run } of registeredClientStoreContract(makeStore)) await run().catch(() => failed.push(name))
  return failed
}

describe('the contract of registered clients', () => {
  test('passes a store that answers later, if its steps are atomic', async () => {
    expect(await failures(() => getSetStore(() => false))).toEqual([])
  })

  test('passes a store that answers null where there is no record', async () => {
    const makeStore = (): RegisteredClientStore => {
      const store = memoryRegisteredClients()
      const find = async (id: string): Promise<RegisteredClient | undefined> =>
        (await store.find(id)) ?? JSON.parse('null')
      return { ...store, find }
    }
    expect(await failures(makeStore)).toEqual([])
  })

  test.each<[Step, string]>([
    ['insert', 'of 20 parallel insertions only as many are added as there is room for, again and again'],
    ['insert', 'of parallel insertions with one client_id the first one stays, for good'],
    ['replace', 'of 20 parallel changes of one revision one wins, and its record stays'],
    ['replace', 'a change at the same time as the removal does not bring the record back'],
    ['remove', 'of 20 parallel removals one says that it removed the record'],
  ])('fails a store that writes by what it read before in %s, in the case: %s', async (weak, name) => {
    expect(await failures(() => getSetStore((step) => step === weak))).toContain(name)
  })

  test.each(Object.entries(mutants))('fails a store that %s', async (_, makeStore) => {
    expect(await failures(makeStore)).not.toEqual([])
  })
})
