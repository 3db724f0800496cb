import type { DeviceAttestation } from '../contract/attestation.ts'
import type { Requester } from '../contract/requester.ts'

/** The attestation by which the client of a request authenticated. Weak: it lives as long as its request. */
const attestations = new WeakMap<object, DeviceAttestation>()

/** Notes that the client authenticated by an attestation. */
export function noteAttestation(request: object, attestation: DeviceAttestation): void {
  attestations.set(request, attestation)
}

/** The sender of a request, with the attestation by which it authenticated. */
export function withAttestation(requester: Requester | undefined, request: object): Requester | undefined {
  const attestation = attestations.get(request)
  return attestation === undefined ? requester : { ...requester, attestation }
}

/**
 * True if the codes were given to an attested device, and this request is not of the same one.
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-attestation-based-client-auth-10 Attestation-based client authentication, draft 10}
 */
export function isOtherDevice(requester: Requester | undefined, request: object): boolean {
  const bound = requester?.attestation
  return bound !== undefined && attestations.get(request)?.key !== bound.key
}
