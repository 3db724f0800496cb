import { hash } from 'node:crypto'
import type { PendingApproval, ProofVisitor } from '../contract/approval.ts'
import type { KnownDevice } from '../contract/known-device.ts'
import type { Warning } from '../contract/pages/notices.ts'
import type { DeviceCredential } from '../contract/store.ts'
import type { UserVisit } from '../contract/visit.ts'
import { chooseMessages } from '../pages/language.ts'
import type { Client } from '../protocol.ts'
import { sealConfirm } from './form-handle.ts'
import { inLanguage } from './page.ts'

/** The visitor of a page, as the option `approval` sees them. */
export function proofVisitor<Native>(visit: UserVisit<Native>): ProofVisitor<Native> {
  const { user, request, context, origin = context.verificationOrigin } = visit
  const { pages, paths } = context.options
  return {
    user,
    request,
    origin,
    devicesUrl: paths.devices === false ? undefined : inLanguage(context.devicesPath, visit),
    language: chooseMessages(request, pages.offered).language,
    now: context.now(),
  }
}

/** The parts of a request for approval that a proof is about. */
export interface ProofSubject {
  readonly credential: DeviceCredential
  readonly client: Client
  /** The canonical user code: its characters without separators. */
  readonly userCode: string
  readonly warnings: readonly Warning[]
  readonly knownDevice: KnownDevice | undefined
  /** The random value of the handle in the form. */
  readonly nonce: string
}

/** The approval that a proof is asked for or verified for. */
export function pendingApproval<Native>(
  { credential, client, userCode, warnings, knownDevice, nonce }: ProofSubject,
  visit: UserVisit<Native>,
): PendingApproval<Native> {
  const { user, context } = visit
  const { id, clientId, scope } = credential
  const handle = sealConfirm(id, userCode, visit)
  return {
    ...proofVisitor(visit),
    credential,
    client,
    warnings,
    knownDevice,
    risk: context.options.risk,
    challenge: challengeOver(['approve', nonce, id, userCode, clientId, scope, user.subject, user.session ?? '']),
    returnTo: inLanguage(`${context.verificationPath}?handle=${handle}`, visit),
  }
}

/** A hash over texts, base64url. As JSON no two lists of texts are the same bytes. */
export function challengeOver(parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(['device-auth', ...parts]), 'base64url')
}
