import type { Fetch } from '@device-auth/client'
import { boundedText, objectOf } from '../server/answer.ts'

/** An exchange as it went over the wire. */
export interface Recorded {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  /** The members of the answer when it is a JSON object. */
  readonly members: Readonly<Record<string, unknown>> | undefined
}

/** A `fetch` that keeps what was answered, for a client that tolerates more than the RFCs allow. */
export function recordingFetch(send: Fetch, recorded: Recorded[]): Fetch {
  return async (url, init) => {
    const response = await send(url, init)
    const { status, headers } = response
    const body = await boundedText(response)
    recorded.push({ url, status, headers, members: objectOf(body) })
    const isRedirect = response.type === 'opaqueredirect' || (status >= 300 && status < 400)
    return isRedirect || status === 204 ? response : new Response(body, { status, headers })
  }
}
