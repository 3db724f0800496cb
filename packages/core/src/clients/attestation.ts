import type { DeviceAttestation } from '../contract/attestation.ts'
import type { Requester } from '../contract/requester.ts'
import type { ParsedRequest } from '../http.ts'

/** The part of a request that its copies share: a poll that waits for the decision goes on as a copy. */
type SameRequest = Pick<ParsedRequest, 'parameters'>

/** The attestation by which the client of a request authenticated, by its parameters. Weak: it lives as long as its request. */
const attestations = new WeakMap<SameRequest['parameters'], DeviceAttestation>()

/** Notes that the client authenticated by an attestation. */
export function noteAttestation({ parameters }: SameRequest, attestation: DeviceAttestation): void {
  attestations.set(parameters, attestation)
}

/** The sender of a request, with the attestation by which it authenticated. */
export function withAttestation(requester: Requester | undefined, { parameters }: SameRequest): Requester | undefined {
  const attestation = attestations.get(parameters)
  return attestation === undefined ? requester : { ...requester, attestation }
}

/**
 * True if the codes were given to an attested device, and this request is not of the same one.
 * @see {@link https://datatracker.ietf.org/doc/html/draft-ietf-oauth-attestation-based-client-auth-10 Attestation-based client authentication, draft 10}
 */
export function isOtherDevice(requester: Requester | undefined, { parameters }: SameRequest): boolean {
  const bound = requester?.attestation
  return bound !== undefined && attestations.get(parameters)?.key !== bound.key
}
