import type { RegisteredClient, RegisteredClientStore } from '../../contract/registration.ts'

/** A store of registered clients in the memory of this process, for tests and for a single process: a restart empties it. */
export function memoryRegisteredClients(): RegisteredClientStore {
  const records = new Map<string, RegisteredClient>()
  return {
    find: (clientId) => records.get(clientId),
    insert(record, maxClients) {
      const { client_id } = record.client
      if (records.has(client_id) || records.size >= maxClients) return false
      records.set(client_id, record)
      return true
    },
    replace(record) {
      const { client_id } = record.client
      if (records.get(client_id)?.revision !== record.revision - 1) return false
      records.set(client_id, record)
      return true
    },
    remove: (clientId) => records.delete(clientId),
  }
}
