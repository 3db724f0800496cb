import type { Messages } from '../contract/pages/messages.ts'
import type { RequestDetails } from '../contract/pages/model.ts'
import { html, type SafeHtml, untrusted } from './html.ts'

/** A row of the list; without a value there is none. */
export type Row = readonly [term: string, value: SafeHtml | undefined]

/** What the confirm page says of the request, as a list of rows. */
export function details(request: RequestDetails, account: string, messages: Messages): SafeHtml {
  const { description, place, network, ip, userAgent, device, bindingMessage } = request
  const rows: readonly Row[] = [
    [messages.client, client(request, messages)],
    [messages.account, html`<strong>${untrusted(account)}</strong>`],
    [messages.scopes, request.narrow && request.scopes.length > 0 ? choices(request) : scopes(request, messages)],
    [messages.bindingMessage, bindingMessage === undefined ? undefined : untrusted(bindingMessage)],
    [messages.device, claimed([device?.name, device?.model], messages)],
    [messages.asked, html`${messages.age(request.age)}`],
    [messages.askedFrom, claimed([description, place, network, ip, userAgent], messages)],
  ]
  return list(rows)
}

/** Terms and what is said of them. */
export function list(rows: readonly Row[]): SafeHtml {
  return html`<dl>
${rows.map(([term, value]) => (value === undefined ? html`` : html`<div><dt>${term}</dt><dd>${value}</dd></div>\n`))}</dl>`
}

function client({ clientName, clientLogo, verified }: RequestDetails, messages: Messages): SafeHtml {
  const logo =
    clientLogo === undefined
      ? undefined
      : html`<img src="${clientLogo}" alt="" width="40" height="40" referrerpolicy="no-referrer">`
  const unverified = verified ? undefined : html`<div class="soft">${messages.unverifiedClient}</div>`
  return html`<div class="who">${logo}${untrusted(clientName)}</div>${unverified}`
}

function choices({ scopes }: RequestDetails): SafeHtml {
  return html`${scopes.map(choice)}`
}

/** What was asked for, or granted. */
export function scopes({ scopes }: Pick<RequestDetails, 'scopes'>, messages: Messages): SafeHtml {
  const words = scopes.map(({ description }) => html`<li>${untrusted(description)}</li>`)
  return html`<ul>${words.length === 0 ? html`<li>${messages.noScopes}</li>` : words}</ul>`
}

function choice({ scope, description }: RequestDetails['scopes'][number]): SafeHtml {
  return html`<label class="choice"><input type="checkbox" form="decision" name="scope" value="${scope}" checked>${untrusted(description)}</label>
`
}

/** What the device says, line by line, marked as such; nothing when it says nothing. */
export function claimed(parts: readonly (string | undefined)[], messages: Messages): SafeHtml | undefined {
  const lines = parts
    .filter((part) => part !== undefined)
    .map((part) => html`<div class="fine">${untrusted(part)}</div>`)
  return lines.length === 0 ? undefined : html`${lines}<div class="soft">${messages.unverifiedRequester}</div>`
}
