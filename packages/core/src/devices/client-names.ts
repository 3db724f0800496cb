import type { ServerContext } from '../contract/context.ts'
import type { TokenFamily } from '../contract/store.ts'
import { clientName } from '../verification/confirm.ts'

/** The names of the clients of these devices, by client id. A client that was removed keeps its devices, and is named by its id. */
export async function clientNames<Native>(
  families: readonly TokenFamily[],
  context: ServerContext<Native>,
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(families.map(({ clientId }) => clientId))]
  const nameOf = async (id: string): Promise<string> => {
    const client = await context.findClient(id)
    return client === undefined ? id : clientName(client)
  }
  return new Map(await Promise.all(ids.map(async (id) => [id, await nameOf(id)] as const)))
}
