import type { RegisteredClientStore } from '@device-auth/core'
import { checkedClients } from '../registered-clients-check.ts'
import { sqlRegisteredClients } from '../sql/registered-clients.ts'
import { checkStore } from '../store-options.ts'
import { explained } from './check.ts'
import { expectedClient, type PostgresClient, runOn } from './client.ts'
import { nameChecks, type PostgresTableOptions, postgresNames } from './names.ts'

/**
 * A store of registered clients in PostgreSQL 12 or later, for any number of nodes. Each step is a transaction of one statement,
 * as in `postgresStore`. Call `migrate` before, with the same options, or apply the files in `migrations/postgres`.
 *
 * @param client a pool, which may be that of `postgresStore`; you end it yourself
 * @throws {TypeError} for a client without the method `query`, a misspelt option or a wrong value.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-3 RFC 7591 section 3}
 */
export function postgresRegisteredClients(
  client: PostgresClient,
  options: PostgresTableOptions = {},
): RegisteredClientStore {
  const names = postgresNames(checkStore(expectedClient('postgresRegisteredClients'), client, options, nameChecks))
  const insert = `SELECT * FROM ${names.insertClientFunction}($1, $2, $3, $4)`
  const steps = sqlRegisteredClients(runOn(client), names.registeredClients, insert)
  return checkedClients('postgresRegisteredClients', steps, (error) => explained(error, names))
}
