import type { DevicesMessages, Messages } from '../contract/pages/messages.ts'
import type { DeviceDetails, PageModel } from '../contract/pages/model.ts'
import type { DevicesNotice } from '../contract/pages/notices.ts'
import { claimed, list, scopes } from './details.ts'
import { html, plain, type SafeHtml, untrusted } from './html.ts'

type DevicesModel = Extract<PageModel, { page: 'devices' }>

/** What a user has signed in; needs no script, so the button that ends everything stands behind a `<details>`. */
export function devicesPage(model: DevicesModel, messages: Messages): SafeHtml {
  const { devices, one, connectUrl, action } = model
  const texts = messages.devices
  const list = devices.map((device, index) => deviceItem(device, index + 1, action, messages))
  return html`${notice(model.notice, messages)}
${list.length === 0 ? html`<p>${texts.none}</p>` : html`<ul class="devices">${list}</ul>`}
${one || list.length === 0 ? undefined : signOutAll(model, texts)}
${one ? html`<p><a href="${action}">${texts.title}</a></p>` : undefined}
${connectUrl === undefined ? undefined : html`<p><a href="${connectUrl}">${texts.connect}</a></p>`}
<p class="soft">${messages.signedInAs} ${untrusted(model.account)}</p>`
}

function notice(given: DevicesNotice | undefined, { devices, notices }: Messages): SafeHtml | undefined {
  if (given === undefined) return undefined
  if (given === 'accountChanged') return html`<p class="notice" role="alert">${notices.accountChanged}</p>`
  const role = given === 'gone' ? 'alert' : 'status'
  return html`<p class="notice" role="${role}">${devices[given]}</p>`
}

/** Each control is named after its device as well: "Sign out Kitchen". */
function deviceItem(device: DeviceDetails, number: number, action: string, messages: Messages): SafeHtml {
  const texts = messages.devices
  const heading = `device-${number}`
  const field = `name-${number}`
  const button = (kind: 'rename' | 'signOut'): SafeHtml =>
    html`<button id="${kind}-${number}" name="action" value="${kind}" aria-labelledby="${kind}-${number} ${heading}">${texts[kind]}</button>`
  return html`<li>
<h2 id="${heading}">${untrusted(shownName(device))}</h2>
${details(device, messages)}
<form method="post" action="${action}">
<input type="hidden" name="handle" value="${device.handle}">
<label for="${field}" id="label-${number}">${texts.name}</label>
<input class="name" id="${field}" name="name" value="${plain(device.name ?? '')}" dir="auto" autocomplete="off" maxlength="100" aria-labelledby="label-${number} ${heading}">
<div class="choices">
${button('rename')}
${button('signOut')}
</div>
</form>
</li>
`
}

/** A name of nothing that can be seen is none. */
function shownName({ name = '', clientName }: DeviceDetails): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Z}]/gu, '') === '' ? clientName : name
}

function details(shown: DeviceDetails, messages: Messages): SafeHtml {
  const { clientName, signedInAt, lastUsedAt, ip, userAgent, description, device, place, network } = shown
  const texts = messages.devices
  const used = lastUsedAt === undefined ? texts.neverUsed : texts.lastUsed(date(lastUsedAt, messages))
  return html`<p class="soft">${texts.since(date(signedInAt, messages))}<br>${used}</p>
${list([
  [messages.client, shownName(shown) === clientName ? undefined : untrusted(clientName)],
  [messages.scopes, scopes(shown, messages)],
  [messages.device, claimed([device?.name, device?.model], messages)],
  [messages.askedFrom, claimed([description, place, network, ip, userAgent], messages)],
])}`
}

function signOutAll({ action, handle }: DevicesModel, texts: DevicesMessages): SafeHtml {
  return html`<details>
<summary>${texts.signOutAll}</summary>
<p>${texts.signOutAllText}</p>
<form method="post" action="${action}">
<input type="hidden" name="handle" value="${handle}">
<button name="action" value="signOutAll">${texts.signOutAll}</button>
</form>
</details>`
}

/** A day, its month in letters because 2/1 is not the same to everyone; the same wherever the server stands. */
function date(instant: number, { language }: Messages): string {
  const day = { year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' } as const
  return new Intl.DateTimeFormat([language, 'en'], day).format(instant)
}
