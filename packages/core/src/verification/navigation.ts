import type { User } from '../contract/hook-arguments.ts'
import type { Visit } from '../contract/visit.ts'
import { headerValue } from '../http.ts'
import type { Browser } from './browser.ts'
import { type HandleContent, isFor, openHandle } from './form-handle.ts'
import { queryParameter } from './visitor.ts'

/** The part of an address that leads to a request. */
export interface Lead {
  /** The code to look up; `undefined` if there is none that may be looked up. */
  readonly code: string | undefined
  /** The handle of the confirm page that this user has opened before. */
  readonly confirm: Extract<HandleContent, { kind: 'confirm' }> | undefined
  /** `true` if the address has a code, but another site led here, so that the user has to type it. */
  readonly mustType: boolean
}

const nothing: Lead = { code: undefined, confirm: undefined, mustType: false }

/**
 * Reads the code or the handle in the address of a page. A code counts only if the browser shows the page and no other site
 * led to it: a page of another site could open the confirm page behind its own window, and a click that was meant for that
 * window would approve. A scanned or typed address is led to by no site.
 * @see {@link https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header Fetch Metadata, Sec-Fetch-Site}
 */
export function readLead<Native>(visit: Visit<Native>, browser: Browser, user: User | undefined): Lead {
  if (!isShown(visit)) return nothing
  const form = openHandle(visit.context, queryParameter(visit, 'handle'))
  const confirm = form?.kind === 'confirm' ? form : undefined
  const code =
    queryParameter(visit, 'user_code') ?? (form !== undefined && 'userCode' in form ? form.userCode : undefined)
  const isOwn = confirm !== undefined && user !== undefined && isFor(confirm, user)
  if (isOwn && queryParameter(visit, 'user_code') === undefined) return { ...nothing, confirm }
  if (code === undefined) return nothing
  return isLedByOtherSite(visit) && !isReturn(visit, form, browser)
    ? { ...nothing, mustType: true }
    : { ...nothing, code }
}

/** Returns true if this browser comes back from the log-in, which may be on another site, with the handle that it left with. */
function isReturn<Native>(visit: Visit<Native>, form: HandleContent | undefined, browser: Browser): boolean {
  return form?.kind === 'code' && form.browser === browser.id && queryParameter(visit, 'user_code') === undefined
}

/** Returns true if a link, form or script of another origin led here. A browser that does not say so is believed. */
function isLedByOtherSite<Native>({ request }: Visit<Native>): boolean {
  const site = headerValue(request.headers, 'sec-fetch-site')
  return site === 'cross-site' || site === 'same-site'
}

/**
 * Returns true if the browser loads the page to show it now: not as an image, in a frame, by a script, or in advance. A browser
 * that sends none of these headers is believed to show it.
 * @see {@link https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header Fetch Metadata, Sec-Fetch-Dest}
 */
function isShown<Native>({ request: { headers } }: Visit<Native>): boolean {
  const destination = headerValue(headers, 'sec-fetch-dest')
  const purpose = headerValue(headers, 'sec-purpose') ?? headerValue(headers, 'purpose') ?? ''
  if (purpose.includes('prefetch')) return false
  // each browser that sends one of these headers sends both; Node's fetch sends the mode alone, and is no browser
  if (destination === undefined) return true
  return destination === 'document' && headerValue(headers, 'sec-fetch-mode') === 'navigate'
}
