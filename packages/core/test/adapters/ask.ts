import type { RequestListener } from 'node:http'
import { listen, type requestText, send, type WireResponse } from '../../src/testing/adapter-contract/wire.ts'

/** The response of a listener to one request. */
export async function ask(
  listener: RequestListener,
  ...request: Parameters<typeof requestText>
): Promise<WireResponse> {
  const listening = await listen(listener)
  try {
    return await send(listening.port, ...request)
  } finally {
    await listening.close()
  }
}
