import {
  type Awaitable,
  type Check,
  checkOptions,
  either,
  isFunction,
  isObject,
  isText,
  OptionError,
  type PendingApproval,
  type ProofVisitor,
} from '@device-auth/core'
import type { PasskeySource, PasskeyStore } from './passkey.ts'
import type { PasskeyTexts } from './texts.ts'

/**
 * The approvals that need a passkey:
 *
 * - `required`: all of them. A user without a passkey, or a browser without JavaScript, cannot approve.
 * - `high-risk`: those with a warning on the page, and all of them with the option `risk: 'high'` of the server
 * - `off`: none. Users can register passkeys meanwhile.
 * - a function: all but those for which it returns `false`. It is called when the page is shown and again when the user approves.
 */
export type PasskeyPolicy<Native = unknown> =
  | 'required'
  | 'high-risk'
  | 'off'
  | ((approval: PendingApproval<Native>) => Awaitable<boolean>)

/** The options of {@link passkeyApproval}. */
export interface PasskeyApprovalOptions<Native = unknown> {
  /** The approvals that need a passkey. */
  readonly passkey: PasskeyPolicy<Native>
  /** The passkeys of your users: a store, or a source with `list` and `use` for those that your application has. */
  readonly passkeys: PasskeySource | PasskeyStore
  /**
   * Lets users add and remove passkeys on the page of devices, for which `passkeys` needs `add` and `remove`. Return `true` only
   * to a user who has just signed in: whoever has a stolen session could otherwise register a passkey of their own.
   * @default none: give `enrolUrl`
   */
  readonly enrol?: (visitor: ProofVisitor<Native>) => Awaitable<boolean>
  /** The page of your application where users register passkeys: a path or an https URL. @default the page of devices */
  readonly enrolUrl?: string
  /**
   * The relying party id: the host of the pages or a domain above it. Your passkeys were registered for it. If users approve on pages
   * of several hosts, give the domain that the hosts have in common.
   * @default the host of the page: each host has passkeys of its own
   * @see {@link https://www.w3.org/TR/webauthn-3/#rp-id Web Authentication Level 3, RP ID}
   */
  readonly rpId?: string
  /** The name of your service in the dialogs of browsers. @default `rpId` */
  readonly rpName?: string
  /** Texts by language tag, beside the built-in ones or in their place: `{ nl: { … } }`. @default none */
  readonly texts?: Readonly<Record<string, PasskeyTexts>>
}

const owner = { name: 'passkeyApproval', reference: 'See the README of @device-auth/passkeys.' }

const isPolicy: Check = (value) =>
  value === 'required' || value === 'high-risk' || value === 'off' ? undefined : '"required" or "high-risk" or "off"'

const isSource: Check = (value) =>
  has(value, 'list', 'use') ? undefined : 'an object with the functions list and use, such as new MemoryPasskeyStore()'

const isEnrolUrl: Check = (value) =>
  typeof value === 'string' && /^(?:\/(?![/\\])|https:\/\/|http:\/\/localhost[:/])/.test(value)
    ? undefined
    : "a path such as '/account/passkeys', or an https URL"

const isDomain: Check = (value) =>
  typeof value === 'string' && /^[a-z\d-]+(?:\.[a-z\d-]+)*$/.test(value)
    ? undefined
    : "a domain in lower case, such as 'example.com'"

function has(value: unknown, ...names: readonly string[]): boolean {
  return isObject(value) === undefined && names.every((name) => typeof Reflect.get(Object(value), name) === 'function')
}

const checks: Readonly<Record<keyof PasskeyApprovalOptions, Check>> = {
  passkey: either(isPolicy, isFunction),
  passkeys: isSource,
  enrol: isFunction,
  enrolUrl: isEnrolUrl,
  rpId: isDomain,
  rpName: isText,
  texts: isObject,
}

/** The options, checked. `store` is the place where users register passkeys on the page of devices. */
export interface Settings<Native> extends PasskeyApprovalOptions<Native> {
  readonly texts: Readonly<Record<string, PasskeyTexts>>
  readonly enrolment:
    | { readonly store: PasskeyStore; readonly may: NonNullable<PasskeyApprovalOptions<Native>['enrol']> }
    | undefined
}

/**
 * Checks the options of {@link passkeyApproval}.
 *
 * @throws {OptionError} for an option that cannot work.
 */
export function checkSettings<Native>(given: PasskeyApprovalOptions<Native>): Settings<Native> {
  const options = checkOptions(owner, given, checks, ['passkey', 'passkeys'])
  const { enrol: may, enrolUrl, passkeys, texts = {} } = options
  if (may === undefined) {
    if (enrolUrl !== undefined) return { ...options, texts, enrolment: undefined }
    const expected = 'a function, or the option enrolUrl: users need a place where they register passkeys'
    throw new OptionError({ path: 'enrol', owner }, undefined, expected)
  }
  if (isStore(passkeys)) return { ...options, texts, enrolment: { store: passkeys, may } }
  throw new OptionError(
    { path: 'passkeys', owner },
    passkeys,
    'a store with add and remove too, because enrol is given',
  )
}

function isStore(passkeys: PasskeySource | PasskeyStore): passkeys is PasskeyStore {
  return has(passkeys, 'add', 'remove')
}

/**
 * The relying party id for pages of an origin.
 *
 * @throws {OptionError} if the option `rpId` is not the host of the pages or a domain above it: no browser would use it there.
 */
export function relyingParty<Native>({ rpId }: Settings<Native>, origin: string): string {
  const { hostname } = new URL(origin)
  if (rpId === undefined || rpId === hostname || hostname.endsWith(`.${rpId}`)) return rpId ?? hostname
  throw new OptionError({ path: 'rpId', owner }, rpId, `${hostname}, the host of the pages, or a domain above it`)
}
