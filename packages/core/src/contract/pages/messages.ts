import type { EnterNotice, PageError, Warning } from './notices.ts'

/** The languages that the pages speak without further ado; Portuguese is Brazil's, Chinese is simplified. */
export type Language = 'en' | 'de' | 'fr' | 'es' | 'pt' | 'ja' | 'zh' | 'ar'

/** Every text of the pages; functions where a text has a gap. */
export interface Messages {
  /** As BCP 47 writes it: `pt-BR`. */
  readonly language: string
  readonly direction: 'ltr' | 'rtl'
  readonly signInTitle: string
  readonly signInText: string
  readonly signInLink: string
  readonly enterTitle: string
  readonly enterLabel: string
  readonly enterHint: string
  readonly continue: string
  readonly signedInAs: string
  readonly notices: Readonly<Record<EnterNotice, string>>
  readonly confirmTitle: string
  readonly confirmCompare: string
  readonly confirmPossession: string
  readonly client: string
  readonly account: string
  readonly scopes: string
  readonly noScopes: string
  readonly device: string
  readonly bindingMessage: string
  readonly askedFrom: string
  readonly asked: string
  readonly age: (seconds: number) => string
  readonly unverifiedClient: string
  readonly unverifiedRequester: string
  readonly warnings: Readonly<Record<Warning, string>>
  readonly decline: string
  readonly approve: string
  readonly doneTitle: string
  readonly doneText: string
  readonly numberTitle: string
  readonly numberText: string
  readonly deniedTitle: string
  readonly deniedText: string
  readonly errors: Readonly<Record<PageError, { readonly title: string; readonly text: string }>>
  readonly retryAfter: (seconds: number) => string
  readonly startAgain: string
  readonly devices: DevicesMessages
}

/** The texts of the page of signed-in devices. */
export interface DevicesMessages {
  readonly title: string
  readonly none: string
  /** `date` is formatted already. */
  readonly since: (date: string) => string
  readonly lastUsed: (date: string) => string
  readonly neverUsed: string
  readonly name: string
  readonly rename: string
  readonly signOut: string
  readonly signOutAll: string
  readonly signOutAllText: string
  readonly connect: string
  readonly renamed: string
  readonly signedOut: string
  readonly signedOutAll: string
  /** It has ended, or is another user's. */
  readonly gone: string
}

type Changes<T> = T extends (...given: never) => unknown
  ? T
  : T extends object
    ? { readonly [Name in keyof T]?: Changes<T[Name]> }
    : T

/** Some texts of a language, in place of the built-in ones; the others stay, next to a changed one too. */
export type MessageChanges = Changes<Omit<Messages, 'language' | 'direction'>>
