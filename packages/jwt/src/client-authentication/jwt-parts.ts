/** The most characters of a JWT that authenticates a client. A real one has some hundred, or with a long key some thousand. */
const MAX_LENGTH = 8192

const compact = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/

/** The parts of a JWT. Nothing of it is verified yet. */
export interface JwtParts {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: Readonly<Record<string, unknown>>
}

/**
 * Reads a JWT in the compact form, without verifying it.
 *
 * @returns `undefined` for a text that is too long or no JWT, and for a JWT with a critical extension: this package knows none.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-4.1.11 RFC 7515 section 4.1.11}
 */
export function readJwt(text: string): JwtParts | undefined {
  const [, first, second] = (text.length > MAX_LENGTH ? undefined : compact.exec(text)) ?? []
  const header = readObject(first)
  const payload = readObject(second)
  if (header === undefined || payload === undefined || 'crit' in header || 'b64' in header) return undefined
  return { header, payload }
}

function readObject(encoded = ''): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/**
 * True if the header `typ` is one of these types. Case does not matter, nor a prefix `application/`.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-4.1.9 RFC 7515 section 4.1.9}
 */
export function hasType({ header: { typ } }: JwtParts, expected: readonly string[]): boolean {
  return typeof typ === 'string' && expected.includes(typ.toLowerCase().replace(/^application\//, ''))
}
