import type { ProofItem, ProofPanel, ProofQuestion } from '../approval.ts'
import type { Messages } from './messages.ts'
import type { ConfirmNotice, DevicesNotice, EnterNotice, PageError, Warning } from './notices.ts'
import type { Theme } from './options.ts'

/**
 * The device authorization request on the confirm page. Texts from the client and the device are not verified: escape
 * them.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.4 RFC 8628 section 5.4}
 */
export interface RequestDetails {
  /** The user code as the device displays it, from the record of the request. */
  readonly userCode: string
  /** The client's `client_name`, or its `client_id`. */
  readonly clientName: string
  /** The client's `logo_uri`, an https URL. `undefined` unless the option `pages.clientLogos` allows it. */
  readonly clientLogo?: string | undefined
  /** `false` for a public client, which cannot prove who it is. */
  readonly verified: boolean
  /** The requested scopes, in order. `description` is the text of the option `scopes`. */
  readonly scopes: readonly { readonly scope: string; readonly description: string }[]
  /** `true` if the form names the scopes that the user grants, each as a field `scope`. See `pages.narrowScopes`. */
  readonly narrow: boolean
  /** Words for what is asked for beside the scopes, in order: the texts of the options `resources` and `authorizationDetails`. Show them after the scopes. */
  readonly details?: readonly string[]
  /** Seconds since the device asked. */
  readonly age: number
  /** The address that the device asked from. */
  readonly ip: string | undefined
  readonly userAgent: string | undefined
  /** The `description` of the hook `describeRequester`. */
  readonly description: string | undefined
  /** The name and model that the device gave itself. */
  readonly device?: { readonly name?: string; readonly model?: string } | undefined
  /** The place of the address, or its country, from the hook `describeRequester`. */
  readonly place?: string | undefined
  /** The owner of the address, from the hook `describeRequester`. */
  readonly network?: string | undefined
  /** The `binding_message`: words that the device displays too, for the user to compare. */
  readonly bindingMessage?: string | undefined
  /** The warnings to show above the decision. */
  readonly warnings: readonly Warning[]
}

/**
 * A signed-in device on the page of devices. Texts from the client, the device and the user are not verified: escape
 * them.
 */
export interface DeviceDetails {
  /**
   * The hidden field `handle` of this device's form. The form has the buttons `action=rename`, with the text field
   * `name`, and `action=signOut`.
   */
  readonly handle: string
  /** The name that the user gave it. */
  readonly name: string | undefined
  /** The client's `client_name`, or its `client_id`. */
  readonly clientName: string
  /** The granted scopes, in order. `description` is the text of the option `scopes`. */
  readonly scopes: readonly { readonly scope: string; readonly description: string }[]
  /** Epoch milliseconds. */
  readonly signedInAt: number
  /** Epoch milliseconds, to the minute; `undefined` if no access token of it has been used. */
  readonly lastUsedAt: number | undefined
  /** The address that the device asked from. */
  readonly ip: string | undefined
  readonly userAgent: string | undefined
  /** The `description` of the hook `describeRequester`. */
  readonly description: string | undefined
  /** The name and model that the device gave itself. */
  readonly device?: { readonly name?: string; readonly model?: string } | undefined
  /** The place of the address, or its country, from the hook `describeRequester`. */
  readonly place?: string | undefined
  /** The owner of the address, from the hook `describeRequester`. */
  readonly network?: string | undefined
}

/** The part of the page of devices where a user adds and removes what proofs are given by. */
export interface ShownProofs extends ProofPanel {
  /** The hidden field `handle` of the form that adds one. */
  readonly handle: string
  readonly items: readonly (ProofItem & {
    /** The hidden field `handle` of the form that removes it. */ readonly handle: string
  })[]
}

/** The endpoints that answer with pages. */
export type PageEndpoint = 'verification' | 'devices'

/** The part that all pages have in common. */
export interface PageBase {
  /**
   * The nonce for `<style nonce>`, and for `<script nonce>` if the page has the script of a proof. The
   * Content-Security-Policy of the page allows no other styles and scripts.
   */
  readonly nonce: string
  /** The `action` of the forms: the path of this page. */
  readonly action: string
  /** The texts, in the reader's language. */
  readonly messages: Messages
  /** The option `pages.theme`. */
  readonly theme: Theme
}

/**
 * A page as data, for the hook `renderPage`. The forms are sent by POST to `action`; besides the hidden field `handle`
 * they have a button `action` and the fields that are named here.
 */
export type PageModel = PageBase &
  (
    | {
        /** Asks the user to sign in first. */
        readonly page: 'login'
        /** The URL of the log-in page, for a link on this page; `undefined` without the option `loginUrl`. */
        readonly loginUrl: string | undefined
      }
    | {
        /** Asks for the user code: a form with the text field `user_code` and the button `action=continue`. */
        readonly page: 'enter'
        /** The name of the signed-in account. */
        readonly account: string
        /** The hidden field `handle`. */
        readonly handle: string
        /** The text to fill in: the code that was typed before, or empty. */
        readonly userCode: string
        readonly notice: EnterNotice | undefined
        /** The form of a code, with an X for each character: `XXXX-XXXX`. */
        readonly placeholder: string
        /** `true` if codes have digits only. */
        readonly numeric: boolean
      }
    | {
        /**
         * Asks for the decision: a form with the buttons `action=deny` and `action=approve`, and the check box
         * `own_device=yes`, without which no approval counts. The box must not be ticked in advance.
         */
        readonly page: 'confirm'
        /** The name of the signed-in account. */
        readonly account: string
        /** The hidden field `handle`. */
        readonly handle: string
        /** The reason why the page is shown again after the button was pressed. */
        readonly notice: ConfirmNotice | undefined
        /** Seconds from now before which no approval counts: the buttons should not work until then. */
        readonly approvalDelay: number
        readonly request: RequestDetails
        /**
         * The proof that an approval needs, by the option `approval`: a field `proof` of the form. `failed`: the user has just
         * approved without a right one.
         */
        readonly proof?: (ProofQuestion & { readonly failed: boolean }) | undefined
      }
    | {
        /** Says that the request is approved. */
        readonly page: 'done'
        /** The name of the signed-in account. */
        readonly account: string
        readonly clientName: string
        /** The number that the user types on the device; `undefined` unless the client has `number_matching`. */
        readonly number: string | undefined
      }
    | {
        /** Says that the request is denied. */
        readonly page: 'denied'
        /** The name of the signed-in account. */
        readonly account: string
        readonly clientName: string
      }
    | {
        /** Lists the signed-in devices. */
        readonly page: 'devices'
        /** The name of the signed-in account. */
        readonly account: string
        /** The hidden field `handle` of the form with the button `action=signOutAll`. */
        readonly handle: string
        /** The devices, the latest first. */
        readonly devices: readonly DeviceDetails[]
        /** `true` if a link from a mail led here: `devices` has that one device only. */
        readonly one: boolean
        readonly notice: DevicesNotice | undefined
        /** The path of the verification page, for a link on this page; `undefined` if `paths.verification` is `false`. */
        readonly connectUrl: string | undefined
        /**
         * The part where the user registers what proofs are given by, by the option `approval`. The form that adds one has the
         * hidden fields `handle` and `proof` and the button `action=addProof`; the form that removes one has the `handle`
         * of its item and the button `action=removeProof`.
         */
        readonly proofs?: ShownProofs | undefined
      }
    | {
        /** Says what went wrong. */
        readonly page: 'error'
        readonly error: PageError
        /** The page on which it happened. @default 'verification' */
        readonly endpoint?: PageEndpoint
        /** Seconds until another attempt makes sense; `undefined` if there is no such time. */
        readonly retryAfter: number | undefined
      }
  )
