import { createHash, X509Certificate } from 'node:crypto'
import {
  type Awaitable,
  checkOptions,
  isBoolean,
  isFunction,
  type KeyBinding,
  OAuthError,
  type ProofRequest,
} from '@device-auth/core'
import { jwtOwner } from '../owners.ts'
import { isJoined } from './joined-headers.ts'

/**
 * A client certificate: the object, its DER bytes such as `socket.getPeerCertificate().raw`, or a text. Texts are PEM, PEM that is
 * percent-encoded as `$ssl_client_escaped_cert` of nginx is, or base64 between colons as in the header `Client-Cert`.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9440#section-2.2 RFC 9440 section 2.2}
 */
export type ClientCertificate = X509Certificate | Uint8Array | string

/** The options of {@link certificateBinding}. */
export interface CertificateBindingOptions {
  /**
   * Returns the certificate by which the client has authenticated its TLS connection; `undefined` without one. If a proxy ends TLS, read
   * the header that the proxy sets, and make sure that it removes such a header from requests: this function is all that tells a
   * certificate from a forged one. Called once per request that needs a certificate.
   */
  readonly certificate: (request: ProofRequest) => Awaitable<ClientCertificate | undefined>
  /**
   * `true` to demand the certificate with the device authorization requests of clients that are registered with
   * `tls_client_certificate_bound_access_tokens`, and so to bind the device code too.
   * @default true
   */
  readonly fromFirstRequest?: boolean
}

const checks = { certificate: isFunction, fromFirstRequest: isBoolean }

/**
 * Tokens that are bound to the TLS certificate of the client, for the option `keyBinding`. Clients have to be registered with
 * `tls_client_certificate_bound_access_tokens`.
 *
 * @throws {OptionError} for a wrong option.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8705#section-3 RFC 8705 section 3}
 * @example
 * ```ts
 * const keyBinding = certificateBinding({
 *   certificate: ({ native }) => (native instanceof IncomingMessage && native.socket instanceof TLSSocket
 *     ? native.socket.getPeerX509Certificate()
 *     : undefined),
 * })
 * ```
 */
export function certificateBinding(options: CertificateBindingOptions): KeyBinding {
  const given = checkOptions(jwtOwner('certificateBinding'), options, checks, ['certificate'])
  const { certificate, fromFirstRequest = true } = given
  return {
    method: 'x5t#S256',
    error: 'invalid_request',
    metadata: Object.freeze({ tls_client_certificate_bound_access_tokens: true }),
    fromFirstRequest,
    async read(request) {
      const found = await certificate(request)
      return found === undefined || found === null ? undefined : { thumbprint: thumbprintOf(found) }
    },
  }
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc8705#section-3.1 RFC 8705 section 3.1} */
function thumbprintOf(certificate: ClientCertificate): string {
  try {
    const { raw } = certificate instanceof X509Certificate ? certificate : new X509Certificate(bytesOf(certificate))
    return createHash('sha256').update(raw).digest('base64url')
  } catch {
    throw new OAuthError('invalid_request', 'The client certificate cannot be read.')
  }
}

function bytesOf(certificate: Uint8Array | string): Uint8Array | string {
  if (typeof certificate !== 'string') return certificate
  if (isJoined(certificate)) throw new TypeError('several certificates')
  const encoded = /^:([A-Za-z0-9+/]+=*):$/.exec(certificate)?.[1]
  if (encoded !== undefined) return Buffer.from(encoded, 'base64')
  return certificate.includes('%') ? decodeURIComponent(certificate) : certificate
}
