/** Longer texts are no tokens of ours, and would only cost time. In characters. */
const MAX_LENGTH = 16_384

const compact = /^[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+$/

/** The payload of a JWT, not verified; `undefined` for another text. */
export function payloadOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const encoded = token.length > MAX_LENGTH ? undefined : compact.exec(token)?.[1]
  if (encoded === undefined) return undefined
  try {
    const payload: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString())
    return typeof payload === 'object' && payload !== null ? { ...payload } : undefined
  } catch {
    return undefined
  }
}
