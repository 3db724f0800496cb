const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g

/**
 * The names that one object of a JSON text holds twice; `JSON.parse` drops them without a word.
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

/** An object, or `undefined` for everything else, a text that is no JSON included. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Neither an array nor null. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
