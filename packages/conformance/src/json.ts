const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g

/**
 * The names that occur more than once in one object of a JSON text. `JSON.parse` silently keeps only the last of them.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.2 RFC 8628 section 3.2}
 */
export function repeatedMembers(text: string): readonly string[] {
  const tokens = text.match(token) ?? []
  const objects: Set<string>[] = []
  const repeated: string[] = []
  tokens.forEach((current, index) => {
    if (current === '{') objects.push(new Set())
    else if (current === '}') objects.pop()
    else if (current.startsWith('"') && tokens[index + 1] === ':') {
      const name: unknown = JSON.parse(current)
      const members = objects.at(-1)
      if (typeof name !== 'string' || members === undefined) return
      if (members.has(name)) repeated.push(name)
      members.add(name)
    }
  })
  return repeated
}

/** Parses a JSON object. `undefined` if the text is anything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** True for an object, false for an array and `null`. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
