/** The parts of a signed JWT. */

export function parts(jwt: string | null): {
  header: unknown
  claims: Record<string, unknown>
  input: string
  signature: Buffer
} {
  const [header = '', claims = '', signature = ''] = (jwt ?? '').split('.')
  const read = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString())
  return {
    header: read(header),
    claims: read(claims),
    input: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

/** The key algorithm of ES256. */
export const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
