import type { DevicesMessages, Messages } from '../contract/pages/messages.ts'
import type { DeviceDetails, PageModel } from '../contract/pages/model.ts'
import type { DevicesNotice, ProofNotice } from '../contract/pages/notices.ts'
import { withoutUnseen } from '../foreign-text.ts'
import { html, type SafeHtml, untrusted } from './html.ts'
import { formatDate } from './language.ts'
import { renderProofs } from './proof.ts'
import { descriptionList, renderClaims, scopeList, seenOrigin, switchLink } from './request-details.ts'

type DevicesModel = Extract<PageModel, { page: 'devices' }>

/**
 * The devices of a user, each with a form to rename it or sign it out. The button for all devices is inside a closed
 * `<details>`, which asks for a second step without a script.
 */
export function renderDevices(model: DevicesModel, messages: Messages): SafeHtml {
  const { devices, one, connectUrl, switchUrl, action } = model
  const texts = messages.devices
  const items = devices.map((device, index) => deviceItem(device, index + 1, model, messages))
  return html`${noticeText(model, messages)}
${items.length === 0 ? html`<p>${texts.none}</p>` : html`<ul class="devices">${items}</ul>`}
${pageLinks(model, texts)}
${one || items.length === 0 ? undefined : signOutAllForm(model, texts)}
${model.proofs && renderProofs(model.proofs, action, model.nonce)}
${one ? html`<p><a href="${action}">${texts.title}</a></p>` : undefined}
${connectUrl === undefined ? undefined : html`<p><a href="${connectUrl}">${texts.connect}</a></p>`}
<p class="soft">${messages.signedInAs} ${untrusted(model.account)}${switchLink(switchUrl, messages)}</p>`
}

function noticeText({ notice, proofs }: DevicesModel, { devices, notices }: Messages): SafeHtml | undefined {
  if (notice === undefined) return undefined
  if (isProofNotice(notice)) {
    const role = notice === 'proofFailed' ? 'alert' : 'status'
    return proofs && html`<p class="notice" role="${role}">${proofs.notices[notice]}</p>`
  }
  if (notice === 'accountChanged') return html`<p class="notice" role="alert">${notices.accountChanged}</p>`
  const role = notice === 'gone' ? 'alert' : 'status'
  return html`<p class="notice" role="${role}">${devices[notice]}</p>`
}

function isProofNotice(notice: DevicesNotice): notice is ProofNotice {
  return notice === 'proofAdded' || notice === 'proofRemoved' || notice === 'proofFailed'
}

function pageLinks({ newerUrl, olderUrl }: DevicesModel, { newer, older }: DevicesMessages): SafeHtml | undefined {
  if (newerUrl === undefined && olderUrl === undefined) return undefined
  const link = (url: string | undefined, text: string): SafeHtml | undefined =>
    url === undefined ? undefined : html`<a href="${url}">${text}</a>`
  return html`<p class="pages">${link(newerUrl, newer)}${link(olderUrl, older)}</p>`
}

/** A row that opens. The accessible name of each control contains the name of its device: "Sign out Kitchen". */
function deviceItem(
  device: DeviceDetails,
  number: number,
  { action, one }: DevicesModel,
  messages: Messages,
): SafeHtml {
  const texts = messages.devices
  const heading = `device-${number}`
  const field = `name-${number}`
  const button = (kind: 'rename' | 'signOut'): SafeHtml =>
    html`<button id="${kind}-${number}" name="action" value="${kind}" aria-labelledby="${kind}-${number} ${heading}">${texts[kind]}</button>`
  return html`<li><details class="device"${one ? html` open` : undefined}>
<summary><h2 id="${heading}">${untrusted(shownName(device))}</h2><span class="soft">${lastUse(device, messages)}</span></summary>
${renderDeviceDetails(device, messages)}
<form method="post" action="${action}">
<input type="hidden" name="handle" value="${device.handle}">
<label for="${field}" id="label-${number}">${texts.name}</label>
<input class="name" id="${field}" name="name" value="${withoutUnseen(device.name ?? '')}" dir="auto" autocomplete="off" maxlength="100" aria-labelledby="label-${number} ${heading}">
<div class="choices">
${button('rename')}
${button('signOut')}
</div>
</form>
</details></li>
`
}

function lastUse({ lastUsedAt }: DeviceDetails, messages: Messages): string {
  const { lastUsed, neverUsed } = messages.devices
  return lastUsedAt === undefined ? neverUsed : lastUsed(formatDate(lastUsedAt, messages))
}

/** The user's name for the device, or the client's name if the user's has no visible character. */
function shownName({ name = '', clientName }: DeviceDetails): string {
  return withoutUnseen(name).trim() === '' ? clientName : name
}

function renderDeviceDetails(shown: DeviceDetails, messages: Messages): SafeHtml {
  const { clientName, signedInAt } = shown
  return html`<p class="soft">${messages.devices.since(formatDate(signedInAt, messages))}</p>
${descriptionList([
  [messages.client, shownName(shown) === clientName ? undefined : untrusted(clientName)],
  [messages.scopes, scopeList(shown, messages)],
  [messages.askedFrom, seenOrigin(shown, messages)],
])}${renderClaims(shown, messages)}`
}

function signOutAllForm({ action, handle }: DevicesModel, texts: DevicesMessages): SafeHtml {
  return html`<details>
<summary>${texts.signOutAll}</summary>
<p>${texts.signOutAllText}</p>
<form method="post" action="${action}">
<input type="hidden" name="handle" value="${handle}">
<button name="action" value="signOutAll">${texts.signOutAll}</button>
</form>
</details>`
}
