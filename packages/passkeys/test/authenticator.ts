// An authenticator in software, with the signatures that a browser would send. It signs whatever it is told to, for tests of what a
// server has to refuse.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** The browser's side of a ceremony; each member may be wrong on purpose. */
export interface Ceremony {
  /** Base64url. */
  readonly challenge: string
  readonly origin: string
  readonly rpId: string
  readonly counter?: number
  /** Default: `true`, as with a finger or a PIN. */
  readonly userVerified?: boolean
  /** Default: `false`. */
  readonly backupEligible?: boolean
  readonly backedUp?: boolean
  /** The format of an attestation statement that has nothing in it. Default: `none`. */
  readonly attestation?: string
}

/** A passkey in software. */
export interface SoftAuthenticator {
  /** Base64url. */
  readonly id: string
  /** The text of the field `proof` for a new passkey. */
  register(ceremony: Ceremony): string
  /** The text of the field `proof` for an approval. */
  assert(ceremony: Ceremony): string
}

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()

function header(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length])
  return length < 256
    ? Buffer.from([(major << 5) | 24, length])
    : Buffer.from([(major << 5) | 25, length >> 8, length & 255])
}

type Cbor = number | string | Buffer | ReadonlyMap<number | string, Cbor>

function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? header(1, -1 - value) : header(0, value)
  if (typeof value === 'string') return Buffer.concat([header(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([header(2, value.length), value])
  return Buffer.concat([header(5, value.size), ...[...value].flatMap(([key, one]) => [cbor(key), cbor(one)])])
}

function authenticatorData(ceremony: Ceremony, attested?: Buffer): Buffer {
  const { rpId, counter = 0, userVerified = true, backupEligible = false, backedUp = false } = ceremony
  const bits = [true, false, userVerified, backupEligible, backedUp, false, attested !== undefined]
  const flags = bits.reduce((sum, bit, index) => sum | (bit ? 1 << index : 0), 0)
  const count = Buffer.alloc(4)
  count.writeUInt32BE(counter)
  return Buffer.concat([sha256(rpId), Buffer.from([flags]), count, attested ?? Buffer.alloc(0)])
}

function clientData(type: string, { challenge, origin }: Ceremony): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
}

/** Makes a passkey with a new key. */
export function softAuthenticator(): SoftAuthenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const coordinate = (text: string): Buffer => Buffer.from(text, 'base64url')
  const key = new Map<number, Cbor>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, coordinate(x)],
    [-3, coordinate(y)],
  ])
  const rawId = randomBytes(16)
  const id = rawId.toString('base64url')
  const posted = (response: Readonly<Record<string, Buffer>>): string => {
    const texts = Object.entries(response).map(([name, bytes]) => [name, bytes.toString('base64url')])
    return JSON.stringify({
      id,
      rawId: id,
      type: 'public-key',
      response: Object.fromEntries(texts),
      clientExtensionResults: {},
    })
  }
  return {
    id,
    register(ceremony) {
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, rawId.length]), rawId, cbor(key)])
      const authData = authenticatorData(ceremony, attested)
      const attestation = new Map<string, Cbor>([
        ['fmt', ceremony.attestation ?? 'none'],
        ['attStmt', new Map()],
        ['authData', authData],
      ])
      const clientDataJSON = clientData('webauthn.create', ceremony)
      return posted({ clientDataJSON, attestationObject: cbor(attestation) })
    },
    assert(ceremony) {
      const clientDataJSON = clientData('webauthn.get', ceremony)
      const data = authenticatorData(ceremony)
      const signature = sign('sha256', Buffer.concat([data, sha256(clientDataJSON)]), privateKey)
      return posted({ clientDataJSON, authenticatorData: data, signature })
    },
  }
}
