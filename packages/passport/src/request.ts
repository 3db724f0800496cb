/** The function that sends a request, and the seconds to wait for the answer. */
export interface SendOptions {
  readonly send: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  readonly timeout: number | undefined
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
  { send, timeout }: SendOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const signal = AbortSignal.timeout((timeout ?? 30) * 1000)
    const response = await (send ?? fetch)(address, { ...init, redirect: 'error', signal })
    return { status: response.status, text: await response.text() }
  } catch (cause) {
    throw new Error(`${who} did not answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
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
