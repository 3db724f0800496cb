import { X509Certificate } from 'node:crypto'
import { type BlockList, isIPv6 } from 'node:net'
import { type Check, isFunction, isObject, isText, type ParsedRequest } from '@device-auth/core'
import { isJoined } from '../mtls/joined-headers.ts'
import { networks } from './public-address.ts'

/** The header in which a proxy sends the certificate of the client. */
export interface CertificateHeader {
  /**
   * The name of the header, such as `client-cert`. Its value is the certificate as RFC 9440 writes it, or as PEM in percent-encoding,
   * which is `$ssl_client_escaped_cert` of nginx. The proxy must remove a header of this name that a client sends.
   * @see {@link https://www.rfc-editor.org/rfc/rfc9440#section-2.2 RFC 9440 section 2.2}
   */
  readonly name: string
  /** The networks of the proxies, such as `10.0.0.0/8`. In a connection from elsewhere the header counts for nothing. */
  readonly proxies: readonly string[]
}

/** The options that say where the certificate of a client is. */
export interface CertificateOptions {
  /** The header of a proxy that ends TLS. Default: Node itself ends TLS, and its socket has the certificate. */
  readonly header?: CertificateHeader
  /**
   * Finds the certificate of the client in another way. Called once for each request that needs it. For `tls_client_auth`, return only
   * one whose chain has been verified.
   */
  readonly certificate?: (request: ParsedRequest) => X509Certificate | undefined
}

/** The certificate of a connection. */
export interface PresentedCertificate {
  readonly certificate: X509Certificate
  /** True if its chain leads to an authority that the server, or its proxy, trusts. */
  readonly chainVerified: boolean
}

const isNetwork = (value: unknown): boolean => typeof value === 'string' && /^[\da-f:.]+\/\d+$/i.test(value)

const isHeader: Check = (value) => {
  const { name, proxies } = Object(value)
  const listed = Array.isArray(proxies) && proxies.length > 0 && proxies.every(isNetwork)
  return isObject(value) === undefined && isText(name) === undefined && listed
    ? undefined
    : "the header of a proxy and its networks: { name: 'client-cert', proxies: ['10.0.0.0/8'] }"
}

/** The checks of {@link CertificateOptions}. */
export const certificateChecks = { header: isHeader, certificate: isFunction }

/** Makes the function that finds the certificate of a request. */
export function certificateFinder({
  header,
  certificate: find,
}: CertificateOptions): (request: ParsedRequest) => PresentedCertificate | undefined {
  if (find !== undefined)
    return (request) => {
      const certificate = find(request)
      return certificate instanceof X509Certificate ? { certificate, chainVerified: true } : undefined
    }
  if (header === undefined) return ({ native }) => certificateOfSocket(socketOf(native))
  const name = header.name.toLowerCase()
  const lists = (['ipv4', 'ipv6'] as const).map((family) =>
    networks(
      family,
      header.proxies.filter((text) => text.includes(':') === (family === 'ipv6')),
    ),
  )
  return ({ headers, native }) => {
    if (!isWithin(lists, socketOf(native).remoteAddress)) return undefined
    const certificate = readHeader(headers[name])
    return certificate === undefined ? undefined : { certificate, chainVerified: true }
  }
}

interface Socket {
  readonly authorized?: unknown
  readonly remoteAddress?: unknown
  getPeerX509Certificate?(): unknown
}

/** The socket of a request of Node, Express, Koa or Fastify. */
function socketOf(native: unknown): Socket {
  const { socket, req, raw } = Object(native)
  return Object(socket ?? Object(req).socket ?? Object(raw).socket)
}

function certificateOfSocket(socket: Socket): PresentedCertificate | undefined {
  if (typeof socket.getPeerX509Certificate !== 'function') return undefined
  const certificate = socket.getPeerX509Certificate()
  return certificate instanceof X509Certificate ? { certificate, chainVerified: socket.authorized === true } : undefined
}

function isWithin(lists: readonly BlockList[], address: unknown): boolean {
  if (typeof address !== 'string') return false
  // a socket for both families writes an IPv4 address in this way
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  return lists.some((list) => list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4'))
}

/** The most characters of a header with a certificate. */
const MAX_LENGTH = 16_384

function readHeader(value: string | readonly string[] | undefined): X509Certificate | undefined {
  const [text, ...others] = [value ?? []].flat()
  if (text === undefined || others.length > 0 || text.length > MAX_LENGTH || isJoined(text)) return undefined
  const [, base64] = /^:([A-Za-z0-9+/]+=*):$/.exec(text) ?? []
  try {
    return new X509Certificate(base64 === undefined ? decodeURIComponent(text) : Buffer.from(base64, 'base64'))
  } catch {
    return undefined
  }
}
