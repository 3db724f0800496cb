import type { Fetch } from '@device-auth/client'
import { boundedText, objectOf } from '../server/response-body.ts'

/** An answer of the server as it came over the network. */
export interface RecordedAnswer {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  /** The members of the body, if it is a JSON object. */
  readonly members: Readonly<Record<string, unknown>> | undefined
}

/** A `fetch` that also records the answers. The client's results do not show deviations, because it tolerates many. */
export function recordingFetch(send: Fetch, recorded: RecordedAnswer[]): Fetch {
  return async (url, init) => {
    const response = await send(url, init)
    const { status, headers } = response
    const body = await boundedText(response)
    recorded.push({ url, status, headers, members: objectOf(body) })
    const isRedirect = response.type === 'opaqueredirect' || (status >= 300 && status < 400)
    return isRedirect || status === 204 ? response : new Response(body, { status, headers })
  }
}
