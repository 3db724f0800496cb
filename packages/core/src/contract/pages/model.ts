import type { ProofItem, ProofPanel, ProofQuestion } from '../approval.ts'
import type { DeviceAttestation } from '../attestation.ts'
import type { KnownDevice } from '../known-device.ts'
import type { Messages } from './messages.ts'
import type { ConfirmNotice, DevicesNotice, EnterNotice, PageError, Warning } from './notices.ts'
import type { Theme } from './options.ts'

/**
 * The device authorization request on the confirm page. The server has seen `ip` (and looked up `place`, `country` and `network` by
 * it) and `age`; the device says of itself `userAgent`, `description`, `device` and `bindingMessage`: show the two apart. Texts from
 * the client and the device are bounded, but not verified: escape them.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.4 RFC 8628 section 5.4}
 */
export interface RequestDetails {
  /** The user code as the device displays it. `''` if the application presented the request by its id. */
  readonly userCode: string
  /** The client's `client_name`, or its `client_id`; with the host in front if the id is an https address. */
  readonly clientName: string
  /** The client's `logo_uri`, an https URL. `undefined` unless the option `pages.clientLogos` allows it. */
  readonly clientLogo?: string | undefined
  /** `false` for a public client, which cannot prove who it is. Say so, unless it is `firstParty`. */
  readonly verified: boolean
  /** `true` if the operator says that the client is an app of the service itself. */
  readonly firstParty: boolean
  /** The client's `policy_uri` and `tos_uri`, each if it is an https URL. */
  readonly policyUrl?: string | undefined
  readonly termsUrl?: string | undefined
  /** The device that its maker vouches for. It is verified, but escape the texts. */
  readonly attestation?: Pick<DeviceAttestation, 'maker' | 'device'> | undefined
  /** The requested scopes, in order. `description` is the text of the option `scopes`. */
  readonly scopes: readonly { readonly scope: string; readonly description: string }[]
  /** `true` if the page leaves out the scopes. See `pages.shortConsent`. */
  readonly shortConsent: boolean
  /** `true` if the form names the scopes that the user grants, each as a field `scope`. See `pages.narrowScopes`. */
  readonly narrow: boolean
  /** Words for what is asked for beside the scopes, in order: the texts of the options `resources` and `authorizationDetails`. Show them after the scopes. */
  readonly details?: readonly string[]
  /** Seconds since the device asked. */
  readonly age: number
  /** The address that the device asked from, in its short form. */
  readonly ip: string | undefined
  /** The place of the address, from the hook `describeRequester`. */
  readonly place?: string | undefined
  /** The country of the address, from the hook `describeRequester`: ISO 3166-1 alpha-2 in upper case. */
  readonly country?: string | undefined
  /** The owner of the address, from the hook `describeRequester`. */
  readonly network?: string | undefined
  /** The device's `User-Agent` in words, such as `Samsung TV, Tizen`; `undefined` for one that the pages do not know. */
  readonly userAgent: string | undefined
  /** The `description` of the hook `describeRequester`. */
  readonly description: string | undefined
  /** The name and model that the device gave itself. */
  readonly device?: { readonly name?: string; readonly model?: string } | undefined
  /** The `binding_message`: the device's own words, which it displays too. Mark them as such, and show them small. */
  readonly bindingMessage?: string | undefined
  /** The device, if this user has approved it before and it proved so. Say since when, and if it asks for more than it was granted. */
  readonly knownDevice?: KnownDevice | undefined
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
  /** The client's `client_name`, or its `client_id`; with the host in front if the id is an https address. */
  readonly clientName: string
  /** The granted scopes, in order. `description` is the text of the option `scopes`. */
  readonly scopes: readonly { readonly scope: string; readonly description: string }[]
  /** Epoch milliseconds. */
  readonly signedInAt: number
  /** Epoch milliseconds, to the minute; `undefined` if no access token of it has been used. */
  readonly lastUsedAt: number | undefined
  /** The address that the device asked from, in its short form. */
  readonly ip: string | undefined
  /** The place of the address, from the hook `describeRequester`. */
  readonly place?: string | undefined
  /** The country of the address, from the hook `describeRequester`: ISO 3166-1 alpha-2 in upper case. */
  readonly country?: string | undefined
  /** The owner of the address, from the hook `describeRequester`. */
  readonly network?: string | undefined
  /** The device's `User-Agent` in words, such as `Samsung TV, Tizen`; `undefined` for one that the pages do not know. */
  readonly userAgent: string | undefined
  /** The `description` of the hook `describeRequester`. */
  readonly description: string | undefined
  /** The name and model that the device gave itself. */
  readonly device?: { readonly name?: string; readonly model?: string } | undefined
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
        /** The address where the user changes the account; `undefined` without the option `switchAccountUrl`. */
        readonly switchUrl?: string | undefined
        /** The hidden field `handle`. */
        readonly handle: string
        /** The text to fill in: the wrong code or that which was typed before, or empty. */
        readonly userCode: string
        /** `true` if that is the wrong code that was just typed: select it, so that the next key replaces it. @default false */
        readonly selected?: boolean | undefined
        readonly notice: EnterNotice | undefined
        /** The form of a code, with an X for each character: `XXXX-XXXX`. */
        readonly placeholder: string
        /** `true` if codes have digits only. */
        readonly numeric: boolean
      }
    | {
        /**
         * Asks for the decision: a form with the buttons `action=deny` and `action=approve`, and the check box
         * `own_device=yes`, without which no approval counts unless `oneTap` is `true`. The box must not be ticked in advance.
         */
        readonly page: 'confirm'
        /** The name of the signed-in account. */
        readonly account: string
        /** The address where the user changes the account; `undefined` without the option `switchAccountUrl`. */
        readonly switchUrl?: string | undefined
        /** The hidden field `handle`. */
        readonly handle: string
        /** The reason why the page is shown again after the button was pressed. */
        readonly notice: ConfirmNotice | undefined
        /** Seconds from now before which no approval counts: the buttons should not work until then. */
        readonly approvalDelay: number
        readonly request: RequestDetails
        /** `true` for a device that the user has approved before: leave the check box out. See `policy.knownDevice`. @default false */
        readonly oneTap?: boolean | undefined
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
        /** The path of the page of devices, for a link on this page; `undefined` if `paths.devices` is `false`. */
        readonly devicesUrl?: string | undefined
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
        /** The address where the user changes the account; `undefined` without the option `switchAccountUrl`. */
        readonly switchUrl?: string | undefined
        /** The hidden field `handle` of the form with the button `action=signOutAll`. */
        readonly handle: string
        /** The devices, the latest first; at most 20 on one page. */
        readonly devices: readonly DeviceDetails[]
        /** `true` if a link from a mail led here: `devices` has that one device only. */
        readonly one: boolean
        readonly notice: DevicesNotice | undefined
        /** The path of the verification page, for a link on this page; `undefined` if `paths.verification` is `false`. */
        readonly connectUrl: string | undefined
        /** The addresses of the next pages, with newer and older devices; `undefined` if there are none. */
        readonly newerUrl?: string | undefined
        readonly olderUrl?: string | undefined
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

type WithoutBase<Model> = Model extends unknown ? Omit<Model, keyof PageBase> : never

/**
 * The members of a page that differ from page to page: of all pages, or of those named by `Name`. The functions of
 * `deviceAuth.verification` return them.
 */
export type PageContent<Name extends PageModel['page'] = PageModel['page']> = WithoutBase<
  Extract<PageModel, { readonly page: Name }>
>
