import type { RegisteredClient, RegisteredClientStore } from '@device-auth/core'
import type { RunStatement, SqlValue } from './client.ts'

/**
 * Registered clients in a table with the columns `client_id`, `revision` and `record`, the JSON text of the whole record. Each step is
 * one statement.
 *
 * @param insert adds a record if there is room, and returns a row if it did. Its parameters: the three columns, and the most records
 */
export function sqlRegisteredClients(run: RunStatement, table: string, insert: string): RegisteredClientStore {
  const find = `SELECT record FROM ${table} WHERE client_id = $1`
  const replace = `UPDATE ${table} SET revision = $2, record = $3 WHERE client_id = $1 AND revision = $2 - 1 RETURNING client_id`
  const remove = `DELETE FROM ${table} WHERE client_id = $1 RETURNING client_id`
  const hasRow = async (sql: string, parameters: readonly SqlValue[]): Promise<boolean> =>
    (await run(sql, parameters)).length > 0
  return {
    async find(clientId) {
      if (!isText(clientId)) return undefined
      const [row] = await run(find, [clientId])
      return row && JSON.parse(String(row.record))
    },
    insert: (record, maxClients) => hasRow(insert, [...columns(record), maxClients]),
    replace: async (record) => isText(record.client.client_id) && hasRow(replace, columns(record)),
    remove: async (clientId) => isText(clientId) && hasRow(remove, [clientId]),
  }
}

/** JSON has an escape for each character that a text column cannot hold. */
function columns(record: RegisteredClient): readonly SqlValue[] {
  return [record.client.client_id, record.revision, JSON.stringify(record)]
}

/** False for a text with a zero byte or half a character: no text column can hold it, so no client has such an id. */
function isText(clientId: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(clientId)
}
