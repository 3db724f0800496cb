import type { Language, MessageChanges, Messages } from './messages.ts'

/** How the built-in pages look. Texts on the accent are black or white, whichever can be read better. */
export interface Theme {
  /** What the pages are headed with, such as the name of the service; 1 to 60 characters. Default: nothing. */
  readonly name?: string
  /**
   * Stands in front of the name: an `https:` URL or a `data:image/` URI; the pages then allow this image and no other.
   * Give a name as well: the logo has no text of its own for those who cannot see it. Default: none.
   */
  readonly logo?: string
  /**
   * The colour of buttons and of the focus, `#rrggbb`. Under a contrast of 3:1 to the page it is refused.
   * @default '#2447c9'
   * @see {@link https://www.w3.org/TR/WCAG22/#non-text-contrast WCAG 2.2, 1.4.11}
   */
  readonly accent?: string
  /** The same in the dark scheme. Default: `accent`, lightened as far as it takes. */
  readonly accentDark?: string
  /** Of corners, in pixels, 0 to 32. @default 12 */
  readonly radius?: number
}

/** Of the built-in pages. */
export interface PagesOptions {
  readonly theme?: Theme
  /**
   * The language of every page, one of `languages`. Default: the reader's, by the parameter `ui_locales` of the address,
   * else by `Accept-Language`, else the first of `languages`.
   * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4 RFC 9110 section 12.5.4}
   */
  readonly language?: Language | (string & {})
  /**
   * What the reader may get: names of built-in languages and whole texts of others. The first is for readers of none of
   * them. Default: all built-in languages, English first.
   */
  readonly languages?: readonly (Language | Messages)[]
  /** Texts of the application's own in place of some built-in ones, by language. */
  readonly messages?: { readonly [Name in Language]?: MessageChanges }
  /**
   * Whether the confirm page shows the client's `logo_uri`, where that is an https URL. Whoever serves the image learns
   * the visitor's address and that he is about to decide.
   * @default false
   * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-5 RFC 7591 section 5}
   */
  readonly clientLogos?: boolean
  /**
   * Whether the user may take single scopes away before approving. The token response then names what is left.
   * @default false
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 RFC 6749 section 3.3}
   */
  readonly narrowScopes?: boolean
}

/** The texts that are offered. */
export interface Offered {
  /** By language tag in lower case, and by what a tag begins with: `pt-br`, `pt`. */
  readonly byTag: ReadonlyMap<string, Messages>
  /** In order; the first is for readers of none. */
  readonly all: readonly [Messages, ...Messages[]]
}

/** The option `pages`, with its defaults. */
export interface ResolvedPages {
  readonly theme: Theme
  readonly clientLogos: boolean
  readonly narrowScopes: boolean
  readonly offered: Offered
}
