import type { Messages } from './messages.ts'
import type { Theme } from './options.ts'

/** Why the page asks for a second look. */
export type Warning = 'sameDevice' | 'otherNetwork' | 'otherCountry' | 'old'

/** What the confirm page says of the request. Text from the client is untrusted: escape it. */
export interface RequestDetails {
  /** As displayed on the device, from the record that it identified. */
  readonly userCode: string
  readonly clientName: string
  /** The client's `logo_uri`, an https URL, where the option `pages.clientLogos` allows it. */
  readonly clientLogo?: string | undefined
  /** Whether the client can prove who it is. */
  readonly verified: boolean
  /** The requested scopes in the application's words, in order. */
  readonly scopes: readonly { readonly scope: string; readonly description: string }[]
  /** Seconds since the device asked. */
  readonly age: number
  readonly ip: string | undefined
  readonly userAgent: string | undefined
  readonly description: string | undefined
  readonly warnings: readonly Warning[]
}

/** Why the enter page is shown again. */
export type EnterNotice = 'unknownCode' | 'missingCode' | 'accountChanged'

/** Why an error page is shown. */
export type PageError =
  | 'invalidRequest'
  | 'crossOrigin'
  | 'alreadyAnswered'
  | 'notFound'
  | 'limited'
  | 'unavailable'
  | 'failed'

/** What every page has. */
export interface PageBase {
  /** Put it on `<style>`: the page's Content-Security-Policy allows no other. */
  readonly nonce: string
  /** Where the forms post to: the path of the verification page. */
  readonly action: string
  /** The texts, in the language of the reader. */
  readonly messages: Messages
  readonly theme: Theme
}

/** A page of the verification endpoint, as data. */
export type PageModel = PageBase &
  (
    | { readonly page: 'login'; readonly loginUrl: string | undefined }
    | {
        readonly page: 'enter'
        readonly account: string
        /** The hidden field `handle`. */
        readonly handle: string
        readonly userCode: string
        readonly notice: EnterNotice | undefined
        /** What a code looks like: `XXXX-XXXX`. */
        readonly placeholder: string
        readonly numeric: boolean
      }
    | { readonly page: 'confirm'; readonly account: string; readonly handle: string; readonly request: RequestDetails }
    | { readonly page: 'done' | 'denied'; readonly account: string; readonly clientName: string }
    | { readonly page: 'error'; readonly error: PageError /** Seconds */; readonly retryAfter: number | undefined }
  )
