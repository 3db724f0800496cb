import type { Messages } from '../contract/pages/messages.ts'
import type { RequestDetails } from '../contract/pages/model.ts'
import { html, type SafeHtml, untrusted, withoutInvisible } from './html.ts'

/** A term and its value in a list; a row without a value is left out. */
export type Row = readonly [term: string, value: SafeHtml | undefined]

/** The list on the confirm page: client, account, scopes, device, and where the request came from. */
export function renderRequestDetails(request: RequestDetails, account: string, messages: Messages): SafeHtml {
  const { description, place, network, ip, userAgent, device, bindingMessage } = request
  const rows: readonly Row[] = [
    [messages.client, clientIdentity(request, messages)],
    [messages.account, html`<strong>${untrusted(account)}</strong>`],
    [
      messages.scopes,
      request.narrow && request.scopes.length > 0 ? scopeCheckboxes(request) : scopeList(request, messages),
    ],
    [messages.bindingMessage, bindingMessage === undefined ? undefined : untrusted(bindingMessage)],
    [messages.device, unverifiedTexts([device?.name, device?.model], messages)],
    [messages.asked, html`${messages.age(request.age)}`],
    [messages.askedFrom, unverifiedTexts([description, place, network, ip, userAgent], messages)],
  ]
  return descriptionList(rows)
}

/** A `<dl>` of terms and values. */
export function descriptionList(rows: readonly Row[]): SafeHtml {
  return html`<dl>
${rows.map(([term, value]) => (value === undefined ? html`` : html`<div><dt>${term}</dt><dd>${value}</dd></div>\n`))}</dl>`
}

/** Logo and name of the client, and a note if it is public, since any application can use its `client_id`. */
function clientIdentity({ clientName, clientLogo, verified }: RequestDetails, messages: Messages): SafeHtml {
  const logo =
    clientLogo === undefined
      ? undefined
      : html`<img src="${clientLogo}" alt="" width="40" height="40" referrerpolicy="no-referrer">`
  const unverified = verified ? undefined : html`<div class="soft">${messages.unverifiedClient}</div>`
  return html`<div class="who">${logo}${untrusted(clientName)}</div>${unverified}`
}

/** A checkbox for each scope, so that the user can grant fewer scopes than requested, and a list of what else is asked for. */
function scopeCheckboxes({ scopes, details = [] }: RequestDetails): SafeHtml {
  const list = details.length === 0 ? undefined : html`<ul>${details.map(wholeItem)}</ul>`
  return html`${scopes.map(scopeCheckbox)}${list}`
}

/** The requested or granted scopes, and what else is asked for, in the application's words. */
export function scopeList(
  { scopes, details = [] }: Pick<RequestDetails, 'scopes' | 'details'>,
  messages: Messages,
): SafeHtml {
  const items = [...scopes.map(({ description }) => listItem(description)), ...details.map(wholeItem)]
  return html`<ul>${items.length === 0 ? html`<li>${messages.noScopes}</li>` : items}</ul>`
}

function listItem(text: string): SafeHtml {
  return html`<li>${untrusted(text)}</li>`
}

/** A text that is not cut: users must see all that they approve. */
function wholeItem(text: string): SafeHtml {
  return html`<li><bdi>${withoutInvisible(text)}</bdi></li>`
}

function scopeCheckbox({ scope, description }: RequestDetails['scopes'][number]): SafeHtml {
  return html`<label class="choice"><input type="checkbox" form="decision" name="scope" value="${scope}" checked>${untrusted(description)}</label>
`
}

/** Texts that a device or its request gave, one a line, marked as not verified; `undefined` if there are none. */
export function unverifiedTexts(parts: readonly (string | undefined)[], messages: Messages): SafeHtml | undefined {
  const lines = parts
    .filter((part) => part !== undefined)
    .map((part) => html`<div class="fine">${untrusted(part)}</div>`)
  return lines.length === 0 ? undefined : html`${lines}<div class="soft">${messages.unverifiedRequester}</div>`
}
