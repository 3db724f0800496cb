import type { Messages } from '../contract/pages/messages.ts'
import type { PageModel, RequestDetails } from '../contract/pages/model.ts'
import type { Warning } from '../contract/pages/notices.ts'
import type { Theme } from '../contract/pages/options.ts'
import { withoutUnseen } from '../foreign-text.ts'
import { renderDevices } from './devices-page.ts'
import { html, SafeHtml, untrusted } from './html.ts'
import { formatDate } from './language.ts'
import { proofField, proofScript, renderProof } from './proof.ts'
import { placeOf, renderRequestDetails, switchLink } from './request-details.ts'
import { palette, style } from './style.ts'
import { themeStyle } from './theme.ts'

type Page<Name extends PageModel['page']> = Extract<PageModel, { page: Name }>

/**
 * Renders a built-in page: a pure function from the page's data to HTML. Only a proof needs a script.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
 */
export function renderPage(model: PageModel): string {
  const { messages, theme } = model
  const { title, content } = renderContent(model, messages)
  return html`<!doctype html>
<html lang="${messages.language}" dir="${messages.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" media="(prefers-color-scheme:light)" content="${palette.light.paper}">
<meta name="theme-color" media="(prefers-color-scheme:dark)" content="${palette.dark.paper}">
<title>${title}${theme.name === undefined ? undefined : ` – ${theme.name}`}</title>
<style nonce="${model.nonce}">${new SafeHtml(style + themeStyle(theme) + delayStyle(model))}</style>
</head>
<body>
${brand(theme)}<main>
${outcomeIcon(model)}<h1>${title}</h1>
${content}
</main>
</body>
</html>
`.text
}

function brand({ name, logo }: Theme): SafeHtml | undefined {
  if (name === undefined && logo === undefined) return undefined
  const image = logo === undefined ? undefined : html`<img src="${logo}" alt="" referrerpolicy="no-referrer">`
  return html`<header class="brand">${image}${name === undefined ? undefined : html`<span>${name}</span>`}</header>
`
}

const tick = html`<path d="M4 13l5 5L20 6"/>`
const cross = html`<path d="M5 5l14 14M19 5L5 19"/>`
const exclamationMark = html`<path d="M12 4v10M12 19.5v.5"/>`

/** A picture of the outcome. It is hidden from screen readers, because the heading says the same. */
function outcomeIcon(model: PageModel): SafeHtml | undefined {
  const picture = (kind: string, shape: SafeHtml): SafeHtml =>
    html`<svg class="sign ${kind}" viewBox="0 0 24 24" aria-hidden="true">${shape}</svg>
`
  // a page with a number is not the end: the user still has to type the number on the device
  if (model.page === 'done') return model.number === undefined ? picture('good', tick) : undefined
  if (model.page === 'denied') return picture('soft', cross)
  return model.page === 'error' ? picture('warn', exclamationMark) : undefined
}

interface TitledContent {
  readonly title: string
  readonly content: SafeHtml
}

function renderContent(model: PageModel, messages: Messages): TitledContent {
  switch (model.page) {
    case 'login':
      return { title: messages.signInTitle, content: renderLogin(model, messages) }
    case 'enter':
      return { title: messages.enterTitle, content: renderEnter(model, messages) }
    case 'confirm':
      return { title: messages.confirmTitle, content: renderConfirm(model, messages) }
    case 'done':
      return renderDone(model, messages)
    case 'denied':
      return { title: messages.deniedTitle, content: renderOutcome(messages.deniedText, model.clientName) }
    case 'devices':
      return { title: messages.devices.title, content: renderDevices(model, messages) }
    default:
      return { title: messages.errors[model.error].title, content: renderError(model, messages) }
  }
}

function renderLogin({ loginUrl }: Page<'login'>, messages: Messages): SafeHtml {
  return html`<p>${messages.signInText}</p>
${loginUrl === undefined ? undefined : html`<a class="button" href="${loginUrl}">${messages.signInLink}</a>`}`
}

function renderEnter(model: Page<'enter'>, messages: Messages): SafeHtml {
  const { notice } = model
  const alert =
    notice === undefined ? undefined : html`<p class="notice" id="notice" role="alert">${messages.notices[notice]}</p>`
  // the field is invalid only if the notice is about the code
  const invalid = notice === 'unknownCode' || notice === 'missingCode' ? html` aria-invalid="true"` : undefined
  const hints = notice === undefined ? 'hint' : 'notice hint'
  return html`${alert}
<form method="post" action="${model.action}">
<input type="hidden" name="handle" value="${model.handle}">
<label for="user_code">${messages.enterLabel}</label>
<input type="text" id="user_code" name="user_code" value="${withoutUnseen(model.userCode)}" placeholder="${model.placeholder}" dir="ltr" inputmode="${model.numeric ? 'numeric' : 'text'}" autocapitalize="characters" autocomplete="off" autocorrect="off" spellcheck="false" enterkeyhint="go" maxlength="64" required autofocus${invalid} aria-describedby="${hints}">
<p class="soft" id="hint">${messages.enterHint}</p>
<button name="action" value="continue">${messages.continue}</button>
</form>
<p class="soft">${messages.signedInAs} ${untrusted(model.account)}${switchLink(model.switchUrl, messages)}</p>${model.selected === true ? selectCode(model.nonce) : undefined}`
}

/** Selects the wrong code, so that the next key replaces it. Without JavaScript the code stays in the field all the same. */
function selectCode(nonce: string): SafeHtml {
  return html`
<script nonce="${nonce}">document.getElementById('user_code').select()</script>`
}

/** The time for which the buttons of the confirm page do nothing. */
function delayStyle(model: PageModel): string {
  return model.page === 'confirm' ? `:root{--delay:${model.approvalDelay}s}` : ''
}

function renderConfirm(
  { action, handle, account, switchUrl, request, notice, approvalDelay, oneTap, proof, nonce }: Page<'confirm'>,
  messages: Messages,
): SafeHtml {
  const { warnings, userCode } = request
  const alert =
    notice === undefined ? undefined : html`<p class="notice" role="alert">${messages.confirmNotices[notice]}</p>\n`
  // Enter in the check box presses the first button of the form; outside a dialog, its method does nothing
  return html`${alert}${warnings.map((warning) => renderWarning(warning, request, messages))}${renderKnownDevice(request, messages)}<p class="compare">${messages.confirmCompare}</p>
<p dir="ltr" translate="no"><strong class="code">${userCode}</strong></p>
<p>${messages.declineIfSent}</p>
${renderRequestDetails(request, html`<strong>${untrusted(account)}</strong>${switchLink(switchUrl, messages)}`, messages)}
${proof && renderProof(proof)}<form class="decision" id="decision" method="post" action="${action}" data-delay="${approvalDelay}">
<input type="hidden" name="handle" value="${handle}">
<button hidden formmethod="dialog" formnovalidate></button>
${oneTap === true ? undefined : html`<label class="choice"><input type="checkbox" name="own_device" value="yes" required>${messages.ownDevice}</label>\n`}${proof && proofField(proof.script)}<div class="choices">
<button name="action" value="deny" formnovalidate>${icon(cross)}${messages.decline}</button>
<button name="action" value="approve">${icon(tick)}${messages.approve}</button>
</div>
</form>${proof?.script && proofScript(proof.script, nonce)}`
}

const aboutPlace: readonly Warning[] = ['otherNetwork', 'unknownNetwork', 'otherCountry', 'unknownCountry']

/** A warning. One about the place of the device names the place, because people know where they are. */
function renderWarning(warning: Warning, request: RequestDetails, messages: Messages): SafeHtml {
  const place = aboutPlace.includes(warning) ? placeOf(request, messages) : undefined
  const from =
    place === undefined ? undefined : html`<strong class="place">${messages.askedFrom} ${untrusted(place)}</strong> `
  return html`<p class="notice" role="alert">${from}${messages.warnings[warning]}</p>
`
}

/** Says that the user has approved the device before. It is no warning, unless the device asks for more than it was granted. */
function renderKnownDevice({ knownDevice }: RequestDetails, messages: Messages): SafeHtml | undefined {
  if (knownDevice === undefined) return undefined
  const { since, asksForMore } = knownDevice
  const more = asksForMore ? html` ${messages.knownDeviceAsksForMore}` : undefined
  return html`<p class="notice" role="${asksForMore ? 'alert' : 'status'}">${messages.knownDevice(formatDate(since, messages))}${more}</p>
`
}

function icon(shape: SafeHtml): SafeHtml {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true">${shape}</svg>`
}

function renderDone({ clientName, number, devicesUrl }: Page<'done'>, messages: Messages): TitledContent {
  if (number === undefined) {
    const link =
      devicesUrl === undefined ? undefined : html`\n<p><a href="${devicesUrl}">${messages.devices.title}</a></p>`
    return { title: messages.doneTitle, content: html`${renderOutcome(messages.doneText, clientName)}${link}` }
  }
  const content = html`${renderOutcome(messages.numberText, clientName)}
<p dir="ltr" translate="no"><strong class="code">${number}</strong></p>`
  return { title: messages.numberTitle, content }
}

function renderOutcome(text: string, clientName: string): SafeHtml {
  return html`<p><strong>${untrusted(clientName)}</strong></p>
<p>${text}</p>`
}

function renderError({ error, endpoint, retryAfter, action }: Page<'error'>, messages: Messages): SafeHtml {
  return html`<p role="alert">${messages.errors[error].text}${retryAfter === undefined ? undefined : ` ${messages.retryAfter(retryAfter)}`}</p>
<p><a class="button" href="${action}">${endpoint === 'devices' ? messages.devices.title : messages.startAgain}</a></p>`
}
