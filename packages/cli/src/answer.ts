import type { Fetch } from '@device-auth/client'

/** An exchange as it went over the wire. */
export interface Recorded {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  /** The members of the answer when it is a JSON object. */
  readonly members: Readonly<Record<string, unknown>> | undefined
}

const MAX_BODY = 262_144

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

/** One character more than is allowed tells the reader that there was more. */
export async function boundedText(response: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MAX_BODY) return text.slice(0, MAX_BODY + 1)
  }
  return text
}

/** The JSON object that a text is, or nothing. */
export function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined
  } catch {
    return undefined
  }
}
