import type { Messages } from './messages.ts'

/** How the built-in pages look. */
export interface Theme {
  /** What the pages are headed with, such as the name of the service. Default: nothing. */
  readonly name?: string
}

/** Of the built-in pages. */
export interface PagesOptions {
  readonly theme?: Theme
  /** Texts of the application's own, in place of the built-in ones of every language. */
  readonly messages?: Partial<Messages>
}
