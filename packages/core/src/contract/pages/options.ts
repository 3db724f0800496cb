import type { Language, MessageChanges, Messages } from './messages.ts'

/** The look of the built-in pages. Texts on the accent colour are black or white, whichever has more contrast. */
export interface Theme {
  /** The heading of every page, such as the name of the service; 1 to 60 characters. @default none */
  readonly name?: string
  /**
   * The image in front of the name: an `https:` URL or a `data:image/` URI of at most 100,000 characters. The pages
   * then allow this image and no other. Give a name as well: the logo has no text for readers who cannot see it.
   * @default none
   */
  readonly logo?: string
  /**
   * The colour of buttons and of the focus, as `#rrggbb`. A colour with less than 3:1 contrast to the page is refused
   * at construction.
   * @default '#2447c9'
   * @see {@link https://www.w3.org/TR/WCAG22/#non-text-contrast WCAG 2.2, 1.4.11}
   */
  readonly accent?: string
  /** The same for the dark scheme. @default `accent`, lightened until it has enough contrast */
  readonly accentDark?: string
  /** The radius of corners in pixels, 0 to 32. @default 12 */
  readonly radius?: number
}

/** The directives of the Content-Security-Policy to which an application may add sources. */
export type SourceDirective = 'connect-src' | 'font-src' | 'img-src' | 'media-src' | 'script-src' | 'style-src'

/** Further sources for the Content-Security-Policy of the pages, by directive. */
export type ContentSources = { readonly [Directive in SourceDirective]?: readonly string[] }

/** The options of the built-in pages. */
export interface PagesOptions {
  /** Name, logo and colours. */
  readonly theme?: Theme
  /**
   * The language of all pages, one of `languages`.
   * @default the reader's: by the parameter `ui_locales`, then by `Accept-Language`, then the first of `languages`
   * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4 RFC 9110 section 12.5.4}
   */
  readonly language?: Language | (string & {})
  /**
   * The languages that a reader may get: names of built-in ones, and all texts of others. Readers of none of them get
   * the first.
   * @default all built-in languages, English first
   */
  readonly languages?: readonly (Language | Messages)[]
  /** Texts in place of some of the built-in ones, by language. The others stay. */
  readonly messages?: { readonly [Name in Language]?: MessageChanges }
  /**
   * `true` to show the client's `logo_uri` on the confirm page, if it is an https URL. The server of the image then
   * learns the address of the reader, and that the reader is about to decide.
   * @default false
   * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-5 RFC 7591 section 5}
   */
  readonly clientLogos?: boolean
  /**
   * `true` to let the user remove single scopes before approving. The token response names the scopes that are left.
   * @default false
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 RFC 6749 section 3.3}
   */
  readonly narrowScopes?: boolean
  /**
   * `true` to leave the scopes out of the confirm page of clients with `first_party: true`: users do not choose what an app of the
   * service itself may do there. All else stays: the code, the box, the warnings and the proof.
   * @default false
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
   */
  readonly shortConsent?: boolean
  /**
   * Seconds, 0 to 10, after which the confirm page can approve: an approval that comes sooner shows the page again. So no
   * click that was meant for what was there before approves. Set 0 in tests whose clock stands still.
   * @default 1
   * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-5.4 RFC 8628 section 5.4}
   */
  readonly approvalDelay?: number
  /**
   * Further sources for the Content-Security-Policy, for templates of your own (the hook `renderPage`): `'self'`, an https URL with or
   * without a path, a hash such as `'sha256-…'`, and `data:` for images and fonts. With `script-src` the nonce of the model allows
   * scripts too. Frames and forms to other origins stay forbidden. Each script can approve for the user who opens the page.
   * @default none
   * @see {@link https://www.w3.org/TR/CSP3/#csp-directives Content Security Policy Level 3, directives}
   */
  readonly contentSources?: ContentSources
  /**
   * Further headers of the pages, with names in lower case, such as `{ 'x-robots-tag': 'noindex' }`. Those that the pages have already
   * cannot be changed.
   * @default none
   */
  readonly headers?: Readonly<Record<string, string>>
}

/** The languages of one server, with their texts. */
export interface Offered {
  /** Texts by language tag in lower case, and by the first part of a tag: `pt-br`, `pt`. */
  readonly byTag: ReadonlyMap<string, Messages>
  /** Texts in order. The first is for readers of none of the languages. */
  readonly all: readonly [Messages, ...Messages[]]
}

/** The option `pages`, checked, with its defaults. */
export interface ResolvedPages {
  readonly theme: Theme
  readonly clientLogos: boolean
  readonly narrowScopes: boolean
  readonly shortConsent: boolean
  /** Seconds. */
  readonly approvalDelay: number
  readonly contentSources: ContentSources
  readonly headers: Readonly<Record<string, string>>
  readonly offered: Offered
}
