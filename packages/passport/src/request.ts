/** The function that sends a request, and the bounds of the answer. */
export interface SendOptions {
  readonly send: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  /** Seconds; default 30. */
  readonly timeout: number | undefined
  /** Bytes; default 262144. */
  readonly maxBodySize?: number | undefined
}

/**
 * Sends a request that has a secret in it, and reads the answer. Redirects are refused, because the secret would go elsewhere.
 *
 * @param who - The endpoint, for error messages.
 * @throws {Error} if there is no answer; its `cause` says why.
 */
export async function requestText(
  who: string,
  address: string,
  init: RequestInit,
  { send, timeout, maxBodySize = 262_144 }: SendOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const signal = AbortSignal.timeout((timeout ?? 30) * 1000)
    const response = await (send ?? fetch)(address, { ...init, redirect: 'error', signal })
    return { status: response.status, text: await boundedText(response, maxBodySize) }
  } catch (cause) {
    throw new Error(`${who} did not answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** The body. Rejects if it is longer than allowed. */
async function boundedText(response: Response, maxBodySize: number): Promise<string> {
  // an injected fetch may have no body
  if (!response.body) return response.text()
  const decoder = new TextDecoder()
  let [text, size] = ['', 0]
  for await (const chunk of response.body) {
    size += chunk.byteLength
    if (size > maxBodySize) throw new Error(`The answer is larger than ${maxBodySize} bytes.`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/**
 * Parses JSON.
 *
 * @param who - The endpoint that has sent it, for error messages.
 * @throws {Error} if it is anything else.
 */
export function parseJson(who: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${who} did not answer with JSON.`, { cause })
  }
}
