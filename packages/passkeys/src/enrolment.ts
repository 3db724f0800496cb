import { createHash } from 'node:crypto'
import type { ProofEnrolment, ProofItem, ProofPanel, ProofVisitor } from '@device-auth/core'
import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type RegistrationResponseJSON,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { decodeAttestationObject, isoBase64URL, isoCBOR } from '@simplewebauthn/server/helpers'
import { textsFor } from './languages.ts'
import { relyingParty, type Settings } from './options.ts'
import type { Passkey } from './passkey.ts'
import { parseObject } from './posted.ts'
import { registrationScript } from './scripts.ts'
import type { PasskeyTexts } from './texts.ts'

/** The most passkeys of one user. All their ids are on the confirm page. */
const MOST = 20

/** The part of the page of devices where users add and remove passkeys. */
export function passkeyEnrolment<Native>(
  settings: Settings<Native>,
  { store, may }: NonNullable<Settings<Native>['enrolment']>,
): ProofEnrolment<Native> {
  return {
    async panel(visitor, challenge) {
      const [passkeys, allowed] = await Promise.all([store.list(visitor.user.subject), may(visitor)])
      const texts = textsFor(visitor.language, settings.texts)
      const options =
        allowed === true && passkeys.length < MOST
          ? await registrationOptions(settings, passkeys, visitor, challenge)
          : undefined
      return panelOf(passkeys, allowed === true, options, { texts, language: visitor.language })
    },
    async add(visitor, challenge, proof) {
      if ((await may(visitor)) !== true) return false
      const { user, origin, now } = visitor
      const expected = { rpId: relyingParty(settings, origin), challenge, origin }
      const passkey = await verifyRegistration(proof, expected, { subject: user.subject, createdAt: now })
      if (passkey === undefined || (await store.list(user.subject)).length >= MOST) return false
      return store.add(passkey)
    },
    async remove(visitor, id) {
      return (await may(visitor)) === true && store.remove(visitor.user.subject, id)
    },
  }
}

interface Wording {
  readonly texts: PasskeyTexts
  readonly language: string
}

function panelOf(
  passkeys: readonly Passkey[],
  allowed: boolean,
  options: PublicKeyCredentialCreationOptionsJSON | undefined,
  wording: Wording,
): ProofPanel {
  const { texts } = wording
  const script = { code: registrationScript, options: JSON.stringify(options), noScript: texts.noScript }
  return {
    title: texts.title,
    text: allowed ? texts.about : texts.signInAgain,
    items: passkeys.map((passkey) => itemOf(passkey, wording)),
    add: options === undefined ? undefined : { text: texts.add, script },
    remove: allowed ? texts.remove : undefined,
    notices: { proofAdded: texts.added, proofRemoved: texts.removed, proofFailed: texts.unchanged },
  }
}

function itemOf({ id, createdAt, lastUsedAt, backedUp }: Passkey, { texts, language }: Wording): ProofItem {
  const day = { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' } as const
  const date = new Intl.DateTimeFormat([language, 'en'], day)
  const used = lastUsedAt === undefined ? [] : [texts.lastUsed(date.format(lastUsedAt))]
  const detail = [backedUp ? texts.synced : texts.oneDevice, ...used].join(' · ')
  return { id, name: texts.passkeyOf(date.format(createdAt)), detail }
}

/** The request to the browser for a new passkey. The user handle is a hash, because authenticators may show it to anybody. */
function registrationOptions<Native>(
  settings: Settings<Native>,
  passkeys: readonly Passkey[],
  { user, origin }: ProofVisitor<Native>,
  challenge: string,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const rpID = relyingParty(settings, origin)
  return generateRegistrationOptions({
    rpID,
    rpName: settings.rpName ?? rpID,
    userID: new Uint8Array(createHash('sha256').update(user.subject).digest()),
    userName: user.username ?? user.subject,
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    attestationType: 'none',
    excludeCredentials: passkeys.map(({ id, transports }) => ({ id, transports: [...transports] })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
  })
}

/** Verifies a new passkey. Returns `undefined` for anything that is not one, whatever the text is. */
async function verifyRegistration(
  posted: string,
  { rpId, challenge, origin }: { readonly rpId: string; readonly challenge: string; readonly origin: string },
  owner: Pick<Passkey, 'subject' | 'createdAt'>,
): Promise<Passkey | undefined> {
  const response = parseObject<RegistrationResponseJSON>(posted)
  if (response === undefined) return undefined
  try {
    const { verified, registrationInfo: info } = await verifyRegistrationResponse({
      response: withoutAttestation(response),
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
    })
    if (!verified) return undefined
    const { id, publicKey, counter } = info.credential
    const eligible = info.credentialDeviceType === 'multiDevice'
    const backup = { backupEligible: eligible, backedUp: info.credentialBackedUp }
    return { ...owner, id, publicKey, counter, transports: transportsOf(response), ...backup, lastUsedAt: undefined }
  } catch {
    // the library throws for each kind of wrong response
    return undefined
  }
}

/**
 * The response without the attestation statement, which nobody asked for. The library would verify it, and for that fetch the addresses in
 * its certificates, which may be those of a stranger and lead into our network.
 *
 * @throws for a response that has no attestation object.
 * @see {@link https://www.w3.org/TR/webauthn-3/#sctn-none-attestation Web Authentication Level 3, none attestation}
 */
function withoutAttestation(given: RegistrationResponseJSON): RegistrationResponseJSON {
  const { response } = given
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(response.attestationObject))
  const bare = new Map<string, string | Uint8Array | Map<string, string>>([
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', attestation.get('authData')],
  ])
  return { ...given, response: { ...response, attestationObject: isoBase64URL.fromBuffer(isoCBOR.encode(bare)) } }
}

/** The transports are not signed: only short names are kept. */
function transportsOf({ response: { transports } }: RegistrationResponseJSON): readonly string[] {
  const names: readonly unknown[] = Array.isArray(transports) ? transports : []
  return names
    .filter((name) => typeof name === 'string')
    .filter((name) => /^[a-z-]{1,20}$/.test(name))
    .slice(0, 8)
}
