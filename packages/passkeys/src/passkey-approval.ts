import type { ApprovalProof, PendingApproval, ProofQuestion } from '@device-auth/core'
import { assertionOptions, verifyAssertion } from './assertion.ts'
import { passkeyEnrolment } from './enrolment.ts'
import { textsFor } from './languages.ts'
import { checkSettings, type PasskeyApprovalOptions, relyingParty, type Settings } from './options.ts'
import { assertionScript } from './scripts.ts'

/**
 * Makes the option `approval` of `createDeviceAuth`: the user approves with a passkey and proves by its PIN, finger or face that it
 * is them. The passkey signs a challenge over this request with its code, client and scopes, so that the signature fits nothing else.
 * It works on pages of this origin only: a page of another site that shows yours gets no signature, or one that is refused.
 *
 * @typeParam Native - The framework's request, as `enrol` gets it in `request.native`: with Express its `Request`.
 * @throws {OptionError} for an option that cannot work.
 * @example
 * const approval = passkeyApproval<Request>({
 *   passkey: 'required',
 *   passkeys: new MemoryPasskeyStore(),
 *   enrol: ({ request }) => Date.now() - request.native.session.signedInAt < 300_000,
 * })
 * createDeviceAuth({ issuer, clients, approval })
 * @see {@link https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion Web Authentication Level 3, verifying an assertion}
 */
export function passkeyApproval<Native = unknown>(options: PasskeyApprovalOptions<Native>): ApprovalProof<Native> {
  const settings = checkSettings(options)
  const { enrolment } = settings
  const proof: ApprovalProof<Native> = {
    ask: async (approval) => ((await isNeeded(settings, approval)) ? ask(settings, approval) : undefined),
    verify: async (approval, posted) => !(await isNeeded(settings, approval)) || verify(settings, approval, posted),
  }
  return enrolment === undefined ? proof : { ...proof, enrolment: passkeyEnrolment(settings, enrolment) }
}

async function isNeeded<Native>({ passkey }: Settings<Native>, approval: PendingApproval<Native>): Promise<boolean> {
  // a function in JavaScript that forgets a case returns nothing, and must not let everybody through
  if (typeof passkey === 'function') return (await passkey(approval)) !== false
  if (passkey === 'high-risk') return approval.risk === 'high' || approval.warnings.length > 0
  return passkey === 'required'
}

async function ask<Native>(settings: Settings<Native>, approval: PendingApproval<Native>): Promise<ProofQuestion> {
  const { user, language, origin, challenge, devicesUrl } = approval
  const texts = textsFor(language, settings.texts)
  const rpId = relyingParty(settings, origin)
  const passkeys = await settings.passkeys.list(user.subject)
  if (passkeys.length === 0) {
    const url = settings.enrolUrl ?? devicesUrl
    const link = url === undefined ? {} : { link: { text: texts.enrol, url } }
    return { text: texts.missing, failure: texts.missing, ...link }
  }
  const options = await assertionOptions(passkeys, { rpId, challenge })
  const script = { code: assertionScript, options: JSON.stringify(options), noScript: texts.noScript }
  return { text: texts.confirm, failure: texts.failed, script }
}

async function verify<Native>(
  settings: Settings<Native>,
  { user, origin, challenge, now }: PendingApproval<Native>,
  posted: string | undefined,
): Promise<boolean> {
  const rpId = relyingParty(settings, origin)
  if (posted === undefined) return false
  const verified = await verifyAssertion(posted, await settings.passkeys.list(user.subject), {
    rpId,
    challenge,
    origin,
  })
  if (verified === undefined) return false
  const { id, counter, backedUp } = verified
  return settings.passkeys.use(id, { counter, backedUp, usedAt: now })
}
