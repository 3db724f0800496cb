import type { ConfirmNotice, EnterNotice, PageError, Warning } from './notices.ts'

/** The built-in languages of the pages. Portuguese is that of Brazil, `zh` is simplified and `zh-Hant` traditional Chinese. */
export type Language = 'en' | 'de' | 'fr' | 'es' | 'pt' | 'ja' | 'zh' | 'zh-Hant' | 'ar'

/**
 * All texts of the pages in one language. A text with a value in it is a function. Texts are plain text: the pages
 * escape them.
 */
export interface Messages {
  /** The language tag by BCP 47: `pt-BR`. */
  readonly language: string
  /** The direction of writing. */
  readonly direction: 'ltr' | 'rtl'
  readonly signInTitle: string
  readonly signInText: string
  readonly signInLink: string
  readonly enterTitle: string
  readonly enterLabel: string
  readonly enterHint: string
  readonly continue: string
  readonly signedInAs: string
  /** The link beside the name of the account. */
  readonly switchAccount: string
  readonly notices: Readonly<Record<EnterNotice, string>>
  readonly confirmNotices: Readonly<Record<ConfirmNotice, string>>
  readonly confirmTitle: string
  readonly confirmCompare: string
  readonly declineIfSent: string
  readonly client: string
  readonly account: string
  readonly scopes: string
  readonly noScopes: string
  readonly device: string
  /** The name of the row with the `binding_message`, in the box with what the device says of itself. */
  readonly bindingMessage: string
  /** The note at the `binding_message`: it is the device's, and has to be compared. */
  readonly deviceWords: string
  /** The name of the row with place and address, and the beginning of a warning: a place follows it. */
  readonly askedFrom: string
  readonly asked: string
  /** The time since the device asked, such as `2 minutes ago`. */
  readonly age: (seconds: number) => string
  readonly unverifiedClient: string
  /** The links to the client's `policy_uri` and `tos_uri`. */
  readonly privacyPolicy: string
  readonly terms: string
  /** The words before the name of the maker that vouches for the device. */
  readonly attestedBy: string
  /** The heading of the box with what the device says of itself. */
  readonly unverifiedRequester: string
  /** Says when the user approved the device before. `date` is formatted in this language. */
  readonly knownDevice: (date: string) => string
  /** Follows `knownDevice` if the device asks for more than it was granted. */
  readonly knownDeviceAsksForMore: string
  readonly warnings: Readonly<Record<Warning, string>>
  /** The check box without which no approval counts. */
  readonly ownDevice: string
  readonly decline: string
  readonly approve: string
  readonly doneTitle: string
  readonly doneText: string
  readonly numberTitle: string
  readonly numberText: string
  readonly deniedTitle: string
  readonly deniedText: string
  readonly errors: Readonly<Record<PageError, { readonly title: string; readonly text: string }>>
  /** The time until another attempt makes sense, such as `Try again in 5 minutes.` */
  readonly retryAfter: (seconds: number) => string
  readonly startAgain: string
  readonly devices: DevicesMessages
}

/** The texts of the page of signed-in devices. */
export interface DevicesMessages {
  readonly title: string
  readonly none: string
  /** `date` is formatted in this language. */
  readonly since: (date: string) => string
  readonly lastUsed: (date: string) => string
  readonly neverUsed: string
  readonly name: string
  readonly rename: string
  readonly signOut: string
  readonly signOutAll: string
  readonly signOutAllText: string
  readonly connect: string
  /** The links to the next pages of the list. */
  readonly newer: string
  readonly older: string
  readonly renamed: string
  readonly signedOut: string
  readonly signedOutAll: string
  /** The user has no such device. */
  readonly gone: string
}

type Changes<T> = T extends (...given: never) => unknown
  ? T
  : T extends object
    ? { readonly [Name in keyof T]?: Changes<T[Name]> }
    : T

/** Texts in place of some built-in ones of a language. All others stay, in nested groups too. */
export type MessageChanges = Changes<Omit<Messages, 'language' | 'direction'>>
