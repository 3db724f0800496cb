/** One challenge of a WWW-Authenticate header. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string
  /** The parameters in their order, names in lower case. A name can be repeated. */
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

const word = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const parameter = new RegExp(`^(${word})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${word}))`)
const scheme = new RegExp(`^(${word})(?:\\s+|$|(?=,))`)

/**
 * Reads all challenges of a WWW-Authenticate header. A server may send several, as one header or as many:
 * `DPoP algs="ES256", Bearer realm="api"` has two.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 RFC 9110 section 11.6.1}
 */
export function readChallenges(header: string): readonly Challenge[] {
  const found: { scheme: string; parameters: (readonly [string, string])[] }[] = []
  let rest = header.trim()
  while (rest !== '') {
    const [read, name = '', quoted, plain = ''] = parameter.exec(rest) ?? []
    const started = read === undefined ? scheme.exec(rest) : null
    if (read !== undefined) {
      found.at(-1)?.parameters.push([name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain])
    } else if (started !== null) found.push({ scheme: started[1]?.toLowerCase() ?? '', parameters: [] })
    // a token68 or text that is no challenge: it ends at the next comma
    const skipped = read ?? started?.[0] ?? /^[^,]+/.exec(rest)?.[0] ?? ''
    rest = rest.slice(skipped.length).replace(/^[\s,]+/, '')
  }
  return found
}
