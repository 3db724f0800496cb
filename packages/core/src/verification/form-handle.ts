import { hash } from 'node:crypto'
import type { ServerContext } from '../contract/context.ts'
import type { User } from '../contract/hook-arguments.ts'
import type { DevicesNotice } from '../contract/pages/notices.ts'
import type { UserVisit } from '../contract/visit.ts'
import { type Keys, seal, unseal } from '../crypto/seal.ts'

/** Binds a form to the user and the log-in session that it was made for. */
interface UserBound {
  readonly subject: string
  readonly session?: string
}

/** The content of a handle: what a form or link of the pages carries, by its kind. */
export type HandleContent =
  /** A code on its way through the log-in. `browser` is the id of the browser that it has to come back in, if another site leads back. */
  | { readonly kind: 'code'; readonly userCode: string; readonly browser: string }
  /** The form where a code is typed. */
  | (UserBound & { readonly kind: 'enter' })
  /** The form that decides about one request. */
  | (UserBound & {
      readonly kind: 'confirm'
      readonly id: string
      /** The canonical code: its characters without separators. */
      readonly userCode: string
      /** Epoch milliseconds at which the page was made. */
      readonly shownAt: number
      /** Random, in forms only, and only if the option `approval` is given: proofs are made over it. */
      readonly nonce?: string
      /** `true` if the form has no check box, because the device is known. */
      readonly oneTap?: boolean
    })
  /** The form that signs out all devices. */
  | (UserBound & { readonly kind: 'devices' })
  /** The form that renames or signs out one device. */
  | (UserBound & { readonly kind: 'device'; readonly id: string })
  /** The form that adds what proofs are given by. `expiresAt` is in epoch milliseconds. */
  | (UserBound & { readonly kind: 'addProof'; readonly nonce: string; readonly expiresAt: number })
  /** The form that removes it. */
  | (UserBound & { readonly kind: 'removeProof'; readonly id: string })
  /** A link to one device, as sent by mail. `expiresAt` is in epoch milliseconds. */
  | { readonly kind: 'deviceLink'; readonly id: string; readonly expiresAt: number }
  /** The result of a change. It is sealed, so that no forged link makes the page report a change that did not happen. */
  | (UserBound & { readonly kind: 'devicesNotice'; readonly notice: DevicesNotice })

/** Seals the content of a form or link into a handle, under the current one of the server's `handleKeys`. */
export function sealHandle([current]: Keys, content: HandleContent): string {
  return `${keyId(current)}${seal(current, JSON.stringify(content))}`
}

type ConfirmContent = Extract<HandleContent, { readonly kind: 'confirm' }>

/**
 * Seals the form that decides about one request, for the user who sees it now.
 *
 * @param userCode - The canonical code.
 * @param more - What the form has beyond it.
 */
export function sealConfirm<Native>(
  id: string,
  userCode: string,
  { user, context }: UserVisit<Native>,
  more: Pick<ConfirmContent, 'nonce' | 'oneTap'> = {},
): string {
  const content = { kind: 'confirm', id, userCode, shownAt: context.now(), ...boundTo(user), ...more } as const
  return sealHandle(context.handleKeys, content)
}

/**
 * Returns the content of a handle; `undefined` for a text that this server has not sealed. The caller checks the kind. A handle
 * with the id of an unknown key is reported once: another process has another `secret`, or a stranger has invented the handle.
 */
export function openHandle<Native>(
  context: Pick<ServerContext<Native>, 'handleKeys' | 'fail'>,
  handle: string | undefined,
): HandleContent | undefined {
  const [, id, sealed = ''] = shape.exec(handle ?? '') ?? []
  if (id === undefined) return undefined
  const key = context.handleKeys.find((one) => keyId(one) === id)
  if (key === undefined) reportUnknownKey(context)
  const opened = key === undefined ? undefined : unseal(key, sealed)
  return opened === undefined ? undefined : (JSON.parse(opened) as HandleContent)
}

const shape = /^([\w-]{6})([\w-]{38,})$/

/** Tells keys apart and reveals nothing of them: 36 bits of a hash of 256 random bits. */
function keyId(key: Buffer): string {
  return hash('sha256', key, 'base64url').slice(0, 6)
}

const reported = new WeakSet<object>()

function reportUnknownKey<Native>(context: Pick<ServerContext<Native>, 'fail'>): void {
  if (reported.has(context)) return
  reported.add(context)
  const error = new Error(
    'Device Auth: a form or link was sealed with a `secret` that this process does not have, or for another `issuer`. Give every process of one server the same issuer and the same list of secrets, the new one first when you rotate it. If they all have it, a stranger has invented the form.',
  )
  context.fail('openHandle', error, { endpoint: 'verification' })
}

/** The members that bind a handle to this user and session. */
export function boundTo({ subject, session }: User): UserBound {
  return session === undefined ? { subject } : { subject, session }
}

/** Returns true if the handle was made for this user in this session. */
export function isFor(content: UserBound, { subject, session }: User): boolean {
  return content.subject === subject && content.session === session
}
