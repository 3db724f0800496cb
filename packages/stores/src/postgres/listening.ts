import type { RunStatement } from '../sql/client.ts'
import type { Statements } from '../sql/statements.ts'
import type { Channel } from '../wake-up.ts'
import { isPool, type PostgresClient } from './client.ts'

/** A connection of its own for `LISTEN`: a `Client` of `pg` that is not connected yet. */
export interface PostgresListener {
  connect(): Promise<unknown>
  query(sql: string): Promise<unknown>
  on(event: 'notification', listener: (message: { readonly payload?: string | undefined }) => void): unknown
  on(event: 'error' | 'end', listener: () => void): unknown
  end(): Promise<unknown>
}

/** Makes a listener, each time that the store connects anew. */
export type MakeListener = () => PostgresListener

/** The part of a `Pool` of `pg` that makes its connections. */
interface ListeningPool {
  readonly Client: new (options: unknown) => PostgresListener
  readonly options: object
}

/**
 * Makes connections as the pool does, but outside of it: a pool takes connections back.
 *
 * @returns `undefined` if the client is no `Pool` of `pg`
 */
export function listenerLike(client: PostgresClient): MakeListener | undefined {
  if (!isPool(client) || !makesListeners(client)) return undefined
  return () => new client.Client(client.options)
}

function makesListeners(client: object): client is ListeningPool {
  return 'Client' in client && typeof client.Client === 'function'
}

/** The channel of a store. @param name letters, digits and `_` */
export function postgresChannel(name: string, makeListener: MakeListener, run: RunStatement): Channel {
  return {
    open(onMessage, onLost) {
      const listener = makeListener()
      listener.on('notification', ({ payload = '' }) => onMessage(payload))
      listener.on('error', onLost)
      listener.on('end', onLost)
      const listen = async (): Promise<void> => {
        await listener.connect()
        await listener.query(`LISTEN "${name}"`)
      }
      // a connection that is lost already cannot be ended once more
      return { ready: listen(), close: () => void listener.end().catch(() => {}) }
    },
    send: async (text) => run('SELECT CAST(pg_notify($1, $2) AS text) AS sent', [name, text]),
  }
}

/** The same statements: those that a waiting poll has to hear of also send the id of the credential to the channel. */
export function withNotices(statements: Statements, name: string): Statements {
  const notice = `CAST(pg_notify('${name}', id) AS text) AS sent`
  const told = (statement: string): string => `WITH changed AS (${statement}) SELECT id, ${notice} FROM changed`
  return {
    ...statements,
    decide: told(statements.decide),
    revoke: told(statements.revoke),
    claim: `WITH changed AS (${statements.claim})
      SELECT approved, CASE WHEN approved IS NOT NULL THEN CAST(pg_notify('${name}', id) AS text) END AS sent FROM changed`,
  }
}
