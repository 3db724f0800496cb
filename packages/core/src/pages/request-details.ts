import type { Messages } from '../contract/pages/messages.ts'
import type { RequestDetails } from '../contract/pages/model.ts'
import { foreignText } from '../foreign-text.ts'
import { html, type SafeHtml, untrusted } from './html.ts'

/** Longer than any detail is: its words have 500 characters at most, and one letter may become eighteen. */
const MAX_DETAIL_LENGTH = 10_000

/** A term and its value in a list; a row without a value is left out. */
export type Row = readonly [term: string, value: SafeHtml | undefined]

/** A device that asked: what this server saw of it, and what it says of itself. */
type Origin = Pick<
  RequestDetails,
  'ip' | 'place' | 'country' | 'network' | 'userAgent' | 'description' | 'device' | 'bindingMessage'
>

/** The lists on the confirm page: client, account, scopes and origin of the request; apart from them, the device's own words. */
export function renderRequestDetails(request: RequestDetails, account: SafeHtml, messages: Messages): SafeHtml {
  const rows: readonly Row[] = [
    [messages.client, clientIdentity(request, messages)],
    [messages.account, account],
    [messages.scopes, askedScopes(request, messages)],
    [messages.asked, html`${messages.age(request.age)}`],
    [messages.askedFrom, seenOrigin(request, messages)],
  ]
  return html`${descriptionList(rows)}${renderClaims(request, messages)}`
}

/** The origin of the request as this server saw it: place, owner of the network, address; `undefined` if nothing is known. */
export function seenOrigin({ network, ip, ...where }: Origin, messages: Messages): SafeHtml | undefined {
  return lines([placeOf(where, messages), network, ip])
}

/** The place of the request; without one its country, in the language of the page. */
export function placeOf(
  { place, country }: Pick<Origin, 'place' | 'country'>,
  { language }: Messages,
): string | undefined {
  if (place !== undefined || country === undefined) return place
  return new Intl.DisplayNames([language, 'en'], { type: 'region' }).of(country)
}

/** The words of a device about itself, in a box of its own that says so; `undefined` if it says nothing. */
export function renderClaims(
  { device, userAgent, description, bindingMessage }: Origin,
  messages: Messages,
): SafeHtml | undefined {
  const message =
    bindingMessage === undefined
      ? undefined
      : html`<q class="fine">${untrusted(bindingMessage)}</q><div class="soft">${messages.deviceWords}</div>`
  const rows: readonly Row[] = [
    [messages.device, lines([device?.name, device?.model, userAgent, description])],
    [messages.bindingMessage, message],
  ]
  if (rows.every(([, value]) => value === undefined)) return undefined
  return html`
<div class="claims">
<p class="soft">${messages.unverifiedRequester}</p>
${descriptionList(rows)}
</div>`
}

/** The link to the page where the user changes the account. */
export function switchLink(url: string | undefined, messages: Messages): SafeHtml | undefined {
  return url === undefined ? undefined : html` <a class="fine" href="${url}">${messages.switchAccount}</a>`
}

/** A `<dl>` of terms and values. */
export function descriptionList(rows: readonly Row[]): SafeHtml {
  return html`<dl>
${rows.map(([term, value]) => (value === undefined ? html`` : html`<div><dt>${term}</dt><dd>${value}</dd></div>\n`))}</dl>`
}

function askedScopes(request: RequestDetails, messages: Messages): SafeHtml | undefined {
  if (request.shortConsent) return undefined
  return request.narrow && request.scopes.length > 0 ? scopeCheckboxes(request) : scopeList(request, messages)
}

/**
 * Logo and name of the client, its policy and terms, and what proves it: the maker of the device, or nothing if it is public, since any
 * application can use its `client_id`. Of an app of the service itself, the operator answers for that.
 */
function clientIdentity(
  { clientName, clientLogo, verified, firstParty, attestation, policyUrl, termsUrl }: RequestDetails,
  messages: Messages,
): SafeHtml {
  const logo =
    clientLogo === undefined
      ? undefined
      : html`<img src="${clientLogo}" alt="" width="40" height="40" referrerpolicy="no-referrer">`
  const unverified = verified || firstParty ? undefined : html`<div class="soft">${messages.unverifiedClient}</div>`
  const proof =
    attestation === undefined
      ? unverified
      : html`<div class="soft">${messages.attestedBy} ${untrusted([attestation.maker, attestation.device ?? ''].join(' ').trim())}</div>`
  const links = [documentLink(policyUrl, messages.privacyPolicy), documentLink(termsUrl, messages.terms)]
  return html`<div class="who">${logo}${untrusted(clientName)}</div>${proof}${links.filter((link) => link !== undefined)}`
}

/** A link to a document of the client, with the host that it leads to. */
function documentLink(url: string | undefined, text: string): SafeHtml | undefined {
  if (url === undefined) return undefined
  const { host } = new URL(url)
  return html`<div class="fine"><a href="${url}" target="_blank" rel="noopener noreferrer">${text}</a> (${untrusted(host)})</div>`
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
  return html`<li><bdi>${foreignText(text, MAX_DETAIL_LENGTH)}</bdi></li>`
}

function scopeCheckbox({ scope, description }: RequestDetails['scopes'][number]): SafeHtml {
  return html`<label class="choice"><input type="checkbox" form="decision" name="scope" value="${scope}" checked>${untrusted(description)}</label>
`
}

/** Texts, one a line; `undefined` if there are none. */
function lines(parts: readonly (string | undefined)[]): SafeHtml | undefined {
  const shown = parts
    .filter((part) => part !== undefined)
    .map((part) => html`<div class="fine">${untrusted(part)}</div>`)
  return shown.length === 0 ? undefined : html`${shown}`
}
