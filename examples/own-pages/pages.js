// @ts-check
/** The pages of an application with its own templates: each is a function of the model that core gives. */
import { DeviceAuthHooks } from '@device-auth/express'

/** @import { KnownDevice, Messages, PageModel } from '@device-auth/express' */

/**
 * Tag for templates that escapes every value. Your template engine does this too; texts of devices and clients must never
 * be inserted without it.
 * @param {TemplateStringsArray} parts
 * @param {unknown[]} values
 */
function html(parts, ...values) {
  const plain = (/** @type {unknown} */ value) =>
    value instanceof Html ? value.text : String(value ?? '').replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`)
  return new Html(parts.map((part, index) => part + [values[index] ?? ''].flat().map(plain).join('')).join(''))
}

class Html {
  /** @param {string} text */
  constructor(text) {
    this.text = text
  }
}

/** → The style needs the model's nonce: the Content-Security-Policy allows no other style. @param {PageModel} model @param {Html} content */
function layout({ nonce, messages }, content) {
  return html`<!doctype html>
<html lang="${messages.language}" dir="${messages.direction}">
<meta name="viewport" content="width=device-width">
<title>Treble</title>
<style nonce="${nonce}">body{font:1.25rem/1.5 Georgia,serif;max-inline-size:30rem;margin:2rem auto;padding:0 1rem}strong{font-size:2rem}</style>
<h1>Treble</h1>
${content}
</html>`.text
}

/** → A device that the user has approved before is told of, and then has no box. @param {KnownDevice} device @param {Messages} messages */
function knownDevice({ since, asksForMore }, messages) {
  const date = new Date(since).toLocaleDateString(messages.language, { dateStyle: 'medium' })
  return html`<p role="status">${messages.knownDevice(date)} ${asksForMore ? messages.knownDeviceAsksForMore : ''}</p>`
}

/** → Returns `undefined` for pages that stay the built-in ones. @param {PageModel} model */
function content(model) {
  const { messages, action } = model
  switch (model.page) {
    case 'enter':
      return html`${model.notice && html`<p role="alert">${messages.notices[model.notice]}</p>`}
<form method="post" action="${action}">
<input type="hidden" name="handle" value="${model.handle}">
<label>${messages.enterLabel} <input name="user_code" value="${model.userCode}" placeholder="${model.placeholder}" autocapitalize="characters" autocomplete="off" required autofocus></label>
<button name="action" value="continue">${messages.continue}</button>
</form>`
    case 'confirm':
      // Enter in the check box presses the first button, which does nothing
      return html`${model.notice && html`<p role="alert">${messages.confirmNotices[model.notice]}</p>`}${model.request.warnings.map((warning) => html`<p role="alert">${messages.warnings[warning]}</p>`)}
${model.request.knownDevice && knownDevice(model.request.knownDevice, messages)}
<p>${messages.confirmCompare}<br><strong>${model.request.userCode}</strong></p>
<p>${messages.declineIfSent}</p>
<p>${model.request.clientName}: ${model.request.scopes.map(({ description }) => description).join(', ')}</p>
<p>${messages.signedInAs} ${model.account}</p>
<form method="post" action="${action}">
<input type="hidden" name="handle" value="${model.handle}">
<button hidden formmethod="dialog" formnovalidate></button>
${model.oneTap ? '' : html`<label><input type="checkbox" name="own_device" value="yes" required> ${messages.ownDevice}</label>`}
<button name="action" value="deny" formnovalidate>${messages.decline}</button>
<button name="action" value="approve">${messages.approve}</button>
</form>`
    case 'done':
      return html`<p>${messages.doneTitle}: ${model.clientName}</p><p>${messages.doneText}</p>`
    default:
      return undefined
  }
}

export class OwnPages extends DeviceAuthHooks {
  /** @override @param {PageModel} model */
  renderPage(model) {
    const own = content(model)
    return own === undefined ? super.renderPage(model) : layout(model, own)
  }
}
