import type { User } from '../contract/hook-arguments.ts'
import type { DevicesNotice } from '../contract/pages/notices.ts'
import { seal, unseal } from '../crypto/seal.ts'

/** Binds a form to the user and the log-in session that it was made for. */
interface UserBound {
  readonly subject: string
  readonly session?: string
}

/** The content of a handle: what a form or link of the pages carries, by its kind. */
export type HandleContent =
  /** A code on its way through the log-in. */
  | { readonly kind: 'code'; readonly userCode: string }
  /** The form where a code is typed. */
  | (UserBound & { readonly kind: 'enter' })
  /** The form that decides about one request. */
  | (UserBound & {
      readonly kind: 'confirm'
      readonly id: string
      /** The canonical code: its characters without separators. */
      readonly userCode: string
    })
  /** The form that signs out all devices. */
  | (UserBound & { readonly kind: 'devices' })
  /** The form that renames or signs out one device. */
  | (UserBound & { readonly kind: 'device'; readonly id: string })
  /** A link to one device, as sent by mail. `expiresAt` is in epoch milliseconds. */
  | { readonly kind: 'deviceLink'; readonly id: string; readonly expiresAt: number }
  /** The result of a change. It is sealed, so that no forged link makes the page report a change that did not happen. */
  | (UserBound & { readonly kind: 'devicesNotice'; readonly notice: DevicesNotice })

/** Seals the content of a form or link into a handle, under the server's `handleKey`. */
export function sealHandle(key: Buffer, content: HandleContent): string {
  return seal(key, JSON.stringify(content))
}

/** Returns the content of a handle; `undefined` for a text that was not sealed under this key. The caller checks the kind. */
export function openHandle(key: Buffer, handle: string | undefined): HandleContent | undefined {
  const opened = handle === undefined ? undefined : unseal(key, handle)
  return opened === undefined ? undefined : (JSON.parse(opened) as HandleContent)
}

/** The members that bind a handle to this user and session. */
export function boundTo({ subject, session }: User): UserBound {
  return session === undefined ? { subject } : { subject, session }
}

/** Returns true if the handle was made for this user in this session. */
export function isFor(content: UserBound, { subject, session }: User): boolean {
  return content.subject === subject && content.session === session
}
