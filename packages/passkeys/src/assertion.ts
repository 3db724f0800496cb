import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
} from '@simplewebauthn/server'
import type { Passkey } from './passkey.ts'
import { parseObject } from './posted.ts'

/** The values that an assertion has to be made for. */
export interface Expected {
  readonly rpId: string
  /** Base64url. */
  readonly challenge: string
  readonly origin: string
}

/**
 * The request to the browser for an assertion by one of the user's passkeys, with user verification.
 * @see {@link https://www.w3.org/TR/webauthn-3/#dictionary-assertion-options Web Authentication Level 3, options of an assertion}
 */
export function assertionOptions(
  passkeys: readonly Passkey[],
  { rpId, challenge }: Omit<Expected, 'origin'>,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return generateAuthenticationOptions({
    rpID: rpId,
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    allowCredentials: passkeys.map(({ id, transports }) => ({ id, transports: [...transports] })),
    userVerification: 'required',
  })
}

/** A verified use of a passkey, which the store has to accept by its counter. */
export interface VerifiedUse {
  readonly id: string
  readonly counter: number
  readonly backedUp: boolean
}

/**
 * Verifies an assertion: its passkey is one of these, it signs the challenge for this origin and relying party, and the user was
 * verified. A passkey that can be synced stays so: one that says otherwise is another authenticator.
 *
 * @returns `undefined` for anything else, whatever the text is.
 */
export async function verifyAssertion(
  posted: string,
  passkeys: readonly Passkey[],
  { rpId, challenge, origin }: Expected,
): Promise<VerifiedUse | undefined> {
  const response = parseObject<AuthenticationResponseJSON>(posted)
  const passkey = passkeys.find(({ id }) => id === response?.id)
  if (response === undefined || passkey === undefined) return undefined
  const { id, publicKey, counter } = passkey
  try {
    const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      credential: { id, publicKey, counter },
      requireUserVerification: true,
    })
    const eligible = info.credentialDeviceType === 'multiDevice'
    if (!verified || eligible !== passkey.backupEligible) return undefined
    return { id, counter: info.newCounter, backedUp: info.credentialBackedUp }
  } catch {
    // the library throws for each kind of wrong response, and asks nothing of the network or a store
    return undefined
  }
}
