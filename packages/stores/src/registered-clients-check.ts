import { randomBytes } from 'node:crypto'
import type { RegisteredClient, RegisteredClientStore } from '@device-auth/core'

type Steps = Omit<RegisteredClientStore, 'check'>

/**
 * A store of registered clients that can check its database: it adds, finds, replaces and removes a record of its own, so that a right that
 * is missing is found before a client registers.
 *
 * @param store the function that makes the store, for the messages
 * @param explained adds to an error of the database what to do about it
 */
export function checkedClients(
  store: string,
  steps: Steps,
  explained: (error: unknown) => unknown,
): RegisteredClientStore {
  const check = async (): Promise<readonly string[]> => {
    // no client of the server has such an id
    const client = { client_id: `check-${randomBytes(16).toString('hex')}`, grant_types: [] }
    const record = { client, issuedAt: 0, tokenHash: '', revision: 0 }
    const failed = await failedStep(steps, record).catch((error) => Promise.reject(explained(error)))
    if (failed === undefined) return []
    throw new Error(`${store}: a client cannot be ${failed}. Look at the rules and triggers of its table.`)
  }
  return { ...steps, check }
}

/** @returns the first step that did nothing, as a participle; `undefined` if all were done */
async function failedStep(steps: Steps, record: RegisteredClient): Promise<string | undefined> {
  const id = record.client.client_id
  // without the right to remove it, the record would stay
  await steps.remove(id)
  let failed: string | undefined
  try {
    if (!(await steps.insert(record, Number.MAX_SAFE_INTEGER))) failed = 'added'
    else if ((await steps.find(id))?.client.client_id !== id) failed = 'found'
    else if (!(await steps.replace({ ...record, revision: 1 }))) failed = 'replaced'
  } catch (error) {
    // the first error is the one to tell
    await Promise.resolve(steps.remove(id)).catch(() => {})
    throw error
  }
  const isRemoved = await steps.remove(id)
  return failed ?? (isRemoved ? undefined : 'removed')
}
