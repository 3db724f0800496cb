/** Characters of a body that are read at most: the client's default. */
const MAX_BODY = 262_144

/** Reads a body up to a limit. A longer one comes back one character over the limit, so that the client refuses it. */
export async function boundedText(response: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MAX_BODY) return text.slice(0, MAX_BODY + 1)
  }
  return text
}

/** Parses a JSON object. `undefined` if the text is anything else. */
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
