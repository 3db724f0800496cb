import type { User } from '../contract/hooks.ts'
import type { DevicesNotice } from '../contract/pages/notices.ts'
import { seal, unseal } from '../crypto/seal.ts'

/**
 * What a form or link carries, sealed: a code on its way through the log-in; a form for a code; a form for the
 * decision about one request; forms for all devices and for one; a link to a device; what was done. Those with a
 * subject are good for one user and session.
 */
export type Handle =
  | { readonly kind: 'code'; readonly userCode: string }
  | { readonly kind: 'enter'; readonly subject: string; readonly session?: string }
  | {
      readonly kind: 'confirm'
      readonly subject: string
      readonly session?: string
      readonly id: string
      /** The bare characters. */
      readonly userCode: string
    }
  | { readonly kind: 'devices'; readonly subject: string; readonly session?: string }
  | { readonly kind: 'device'; readonly subject: string; readonly session?: string; readonly id: string }
  /** In a mail. */
  | { readonly kind: 'deviceLink'; readonly id: string /** Epoch milliseconds. */; readonly expiresAt: number }
  /** Sealed, so that no link makes the page say what did not happen. */
  | {
      readonly kind: 'devicesNotice'
      readonly subject: string
      readonly session?: string
      readonly notice: DevicesNotice
    }

/** Seals a handle for a form or a link. */
export function sealHandle(key: Buffer, handle: Handle): string {
  return seal(key, JSON.stringify(handle))
}

/** The handle behind a text; `undefined` for what was not sealed here. Of another kind is another thing. */
export function openHandle(key: Buffer, text: string | undefined): Handle | undefined {
  const opened = text === undefined ? undefined : unseal(key, text)
  return opened === undefined ? undefined : (JSON.parse(opened) as Handle)
}

/** Whom a form is for. */
export function boundTo({ subject, session }: User): { subject: string; session?: string } {
  return session === undefined ? { subject } : { subject, session }
}

/** Whether a form was made for this user in this session. */
export function isFor(handle: Extract<Handle, { subject: string }>, { subject, session }: User): boolean {
  return handle.subject === subject && handle.session === session
}
