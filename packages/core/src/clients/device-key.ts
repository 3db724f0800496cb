import type { Confirmation } from '../contract/key-binding.ts'
import type { Requester } from '../contract/requester.ts'
import type { Client } from '../protocol.ts'
import { isRegisteredFor } from './registered-methods.ts'

/**
 * The sender of a request, with the key that it proved, if each device of the client has a key of its own. A client that
 * authenticates may be one service with one key for all devices, and one device is then not told from another.
 *
 * @param proven - The key that the request proved; `undefined` if it proved none.
 */
export function withDeviceKey(
  requester: Requester | undefined,
  client: Client,
  proven: Confirmation | undefined,
): Requester | undefined {
  const { device_keys = isRegisteredFor(client, 'none') } = client
  return proven === undefined || !device_keys ? requester : { ...requester, key: proven }
}
