import type { Messages } from './messages.ts'
import type { DevicesNotice, EnterNotice, PageError, Warning } from './notices.ts'
import type { Theme } from './options.ts'

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
  /** Whether the form may name those that the user grants, each as a field `scope`. */
  readonly narrow: boolean
  /** Seconds since the device asked. */
  readonly age: number
  readonly ip: string | undefined
  readonly userAgent: string | undefined
  readonly description: string | undefined
  /** What the device says of itself. */
  readonly device?: { readonly name?: string; readonly model?: string } | undefined
  /** Where the address is, and who owns it, by the `describeRequester` hook. */
  readonly place?: string | undefined
  readonly network?: string | undefined
  /** Words that the device shows as well. */
  readonly bindingMessage?: string | undefined
  readonly warnings: readonly Warning[]
}

/** A device that a user has signed in. Text from the client, the device and the user is untrusted: escape it. */
export interface DeviceDetails {
  /** The hidden field `handle` of its form, whose buttons `action` are `rename`, with the field `name`, and `signOut`. */
  readonly handle: string
  /** Given by the user. */
  readonly name: string | undefined
  readonly clientName: string
  /** The granted scopes in the application's words, in order. */
  readonly scopes: readonly { readonly scope: string; readonly description: string }[]
  /** Epoch milliseconds. */
  readonly signedInAt: number
  /** Epoch milliseconds, to the minute. */
  readonly lastUsedAt: number | undefined
  /** Where the device asked from, and what it said of itself; nothing of it is verified. */
  readonly ip: string | undefined
  readonly userAgent: string | undefined
  readonly description: string | undefined
  readonly device?: { readonly name?: string; readonly model?: string } | undefined
  /** Where the address is, and who owns it, by the `describeRequester` hook. */
  readonly place?: string | undefined
  readonly network?: string | undefined
}

/** The endpoints that have pages. */
export type PageEndpoint = 'verification' | 'devices'

/** What every page has. */
export interface PageBase {
  /** Put it on `<style>`: the page's Content-Security-Policy allows no other. */
  readonly nonce: string
  /** Where the forms post to: the path of this page. */
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
    | {
        readonly page: 'done'
        readonly account: string
        readonly clientName: string
        /** What the user has to type on the device, before it goes on; `undefined` where the client asks for none. */
        readonly number: string | undefined
      }
    | { readonly page: 'denied'; readonly account: string; readonly clientName: string }
    | {
        readonly page: 'devices'
        readonly account: string
        /** The hidden field `handle` of the form whose button `action` is `signOutAll`. */
        readonly handle: string
        /** The latest first. */
        readonly devices: readonly DeviceDetails[]
        /** Whether a link has led to one of them, and the others are not shown. */
        readonly one: boolean
        readonly notice: DevicesNotice | undefined
        /** Where a device is connected; `undefined` where the application has a page of its own. */
        readonly connectUrl: string | undefined
      }
    | {
        readonly page: 'error'
        readonly error: PageError
        /** Where it arose. Default: the verification page. */
        readonly endpoint?: PageEndpoint
        /** Seconds */
        readonly retryAfter: number | undefined
      }
  )
