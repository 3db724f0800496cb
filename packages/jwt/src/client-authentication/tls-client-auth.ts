import type { X509Certificate } from 'node:crypto'
import { type AuthenticatingServer, type ClientAuthentication, checkOptions } from '@device-auth/core'
import { jwtOwner } from '../owners.ts'
import { hasRegisteredName, nameFault } from './certificate-names.ts'
import { clientKeySets, keysFault, type RemoteKeysOptions, remoteKeysChecks } from './client-keys.ts'
import { type KeySet, publicKeyOf } from './key-set.ts'
import { type CertificateOptions, certificateChecks, certificateFinder } from './presented-certificate.ts'

/**
 * `tls_client_auth`: the client proves itself by a TLS certificate of an authority that the server trusts. Its metadata name the
 * certificate: `tls_client_auth_subject_dn`, or one of the names `tls_client_auth_san_…`. For the option `clientAuthentication`.
 *
 * Node's TLS server needs `requestCert: true`, and `ca` with the authorities that may issue certificates for clients.
 *
 * @throws {OptionError} for a wrong option.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8705#section-2.1 RFC 8705 section 2.1}
 * @example
 * ```ts
 * const clientAuthentication = {
 *   tls_client_auth: tlsClientAuth({ header: { name: 'client-cert', proxies: ['10.0.0.0/8'] } }),
 * }
 * ```
 */
export function tlsClientAuth(options: CertificateOptions = {}): ClientAuthentication {
  const find = certificateFinder(checkOptions(jwtOwner('tlsClientAuth'), options, certificateChecks))
  return {
    byConnection: true,
    identify: () => undefined,
    clientFault: nameFault,
    verify(request, client) {
      const presented = find(request)
      return presented?.chainVerified === true && hasRegisteredName(presented.certificate, client)
    },
  }
}

/** The options of {@link selfSignedTlsClientAuth}. */
export interface SelfSignedTlsOptions extends CertificateOptions, RemoteKeysOptions {}

/**
 * `self_signed_tls_client_auth`: the client proves itself by a TLS certificate that it has made, and that is registered: in `x5c` of a
 * key of its `jwks` or `jwks_uri`; a key without `x5c` stands for all certificates of this key. For the option `clientAuthentication`.
 *
 * Node's TLS server needs `requestCert: true` and `rejectUnauthorized: false`.
 *
 * @throws {OptionError} for a wrong option.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8705#section-2.2 RFC 8705 section 2.2}
 * @example
 * ```ts
 * const clientAuthentication = { self_signed_tls_client_auth: selfSignedTlsClientAuth() }
 * ```
 */
export function selfSignedTlsClientAuth(options: SelfSignedTlsOptions = {}): ClientAuthentication {
  const checks = { ...certificateChecks, ...remoteKeysChecks }
  const given = checkOptions(jwtOwner('selfSignedTlsClientAuth'), options, checks)
  const find = certificateFinder(given)
  const keySetOf = clientKeySets(given)
  return {
    byConnection: true,
    identify: () => undefined,
    clientFault: keysFault,
    async verify(request, client, server) {
      const certificate = find(request)?.certificate
      if (certificate === undefined || !isValidNow(certificate, server)) return false
      const isRegistered = (set: KeySet): boolean => set.some((key) => isOf(certificate, key))
      return isRegistered(await keySetOf(client, isRegistered, server))
    },
  }
}

function isOf(certificate: X509Certificate, key: KeySet[number]): boolean {
  const { x5c } = key
  if (x5c !== undefined) return Array.isArray(x5c) && x5c[0] === certificate.raw.toString('base64')
  return publicKeyOf(key)?.equals(certificate.publicKey) === true
}

function isValidNow({ validFrom, validTo }: X509Certificate, server: AuthenticatingServer): boolean {
  const now = server.now()
  return Date.parse(validFrom) <= now && now < Date.parse(validTo)
}
