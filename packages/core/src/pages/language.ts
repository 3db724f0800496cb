import type { OAuthRequest } from '../http.ts'
import { english, type Messages } from './messages.ts'
import type { PagesOptions } from './options.ts'

/** The texts for whoever made this request. */
export function chooseMessages(_request: OAuthRequest, { messages }: PagesOptions): Messages {
  return { ...english, ...messages }
}
