import { devicesPage } from './devices-page.ts'
import { html, SafeHtml, untrusted } from './html.ts'
import type { Messages } from './messages.ts'
import type { PageModel, RequestDetails } from './model.ts'
import { style } from './style.ts'

type Page<Name extends PageModel['page']> = Extract<PageModel, { page: Name }>

/** The built-in pages: a pure function from what is to be said to HTML. They need no script. */
export function renderPage(model: PageModel): string {
  const { messages } = model
  const { title, content } = describe(model, messages)
  return html`<!doctype html>
<html lang="${messages.language}" dir="${messages.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style nonce="${model.nonce}">${sheet}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`.text
}

// the stylesheet is ours and holds nothing to escape
const sheet = new SafeHtml(style)

function describe(model: PageModel, messages: Messages): { title: string; content: SafeHtml } {
  switch (model.page) {
    case 'login':
      return { title: messages.signInTitle, content: loginPage(model, messages) }
    case 'enter':
      return { title: messages.enterTitle, content: enterPage(model, messages) }
    case 'confirm':
      return { title: messages.confirmTitle, content: confirmPage(model, messages) }
    case 'done':
      return { title: messages.doneTitle, content: outcome(messages.doneText, model.clientName) }
    case 'denied':
      return { title: messages.deniedTitle, content: outcome(messages.deniedText, model.clientName) }
    case 'devices':
      return { title: messages.devices.title, content: devicesPage(model, messages) }
    default:
      return { title: messages.errors[model.error].title, content: errorPage(model, messages) }
  }
}

function loginPage({ loginUrl }: Page<'login'>, messages: Messages): SafeHtml {
  return html`<p>${messages.signInText}</p>
${loginUrl === undefined ? undefined : html`<a class="button" href="${loginUrl}">${messages.signInLink}</a>`}`
}

function enterPage(model: Page<'enter'>, messages: Messages): SafeHtml {
  const notice =
    model.notice === undefined ? undefined : html`<p class="notice" role="alert">${messages.notices[model.notice]}</p>`
  return html`${notice}
<form method="post" action="${model.action}">
<input type="hidden" name="handle" value="${model.handle}">
<label for="user_code">${messages.enterLabel}</label>
<input type="text" id="user_code" name="user_code" value="${model.userCode}" placeholder="${model.placeholder}" inputmode="${model.numeric ? 'numeric' : 'text'}" autocapitalize="characters" autocomplete="off" autocorrect="off" spellcheck="false" maxlength="64" required autofocus aria-describedby="hint">
<p class="soft" id="hint">${messages.enterHint}</p>
<button name="action" value="continue">${messages.continue}</button>
</form>
<p class="soft">${messages.signedInAs} ${untrusted(model.account)}</p>`
}

function confirmPage({ action, handle, account, request }: Page<'confirm'>, messages: Messages): SafeHtml {
  return html`<p>${messages.confirmCompare}</p>
<strong class="code">${request.userCode}</strong>
<p>${messages.confirmPossession}</p>
${request.warnings.map((warning) => html`<p class="notice" role="alert">${messages.warnings[warning]}</p>`)}
${details(request, account, messages)}
<form method="post" action="${action}">
<input type="hidden" name="handle" value="${handle}">
<div class="choices">
<button name="action" value="deny">${messages.decline}</button>
<button name="action" value="approve">${messages.approve}</button>
</div>
</form>`
}

function details(request: RequestDetails, account: string, messages: Messages): SafeHtml {
  const { scopes, ip, userAgent, description, place, network, device, bindingMessage } = request
  const words = scopes.map(({ description: words }) => html`<li>${untrusted(words)}</li>`)
  const lines = (parts: readonly (string | undefined)[]): SafeHtml[] =>
    parts.filter((part) => part !== undefined).map((part) => html`<div class="fine">${untrusted(part)}</div>`)
  const from = lines([description, place, network, ip, userAgent])
  const row = (term: string, value: SafeHtml): SafeHtml => html`<div><dt>${term}</dt><dd>${value}</dd></div>
`
  return html`<dl>
${row(messages.client, html`${untrusted(request.clientName)}${request.verified ? undefined : html`<div class="soft">${messages.unverifiedClient}</div>`}`)}
${row(messages.account, untrusted(account))}
${row(messages.scopes, html`<ul>${words.length === 0 ? html`<li>${messages.noScopes}</li>` : words}</ul>`)}
${bindingMessage === undefined ? undefined : row(messages.bindingMessage, untrusted(bindingMessage))}
${device === undefined ? undefined : row(messages.device, html`${lines([device.name, device.model])}<div class="soft">${messages.unverifiedRequester}</div>`)}
${row(messages.asked, html`${messages.age(request.age)}`)}
${from.length === 0 ? undefined : row(messages.askedFrom, html`${from}<div class="soft">${messages.unverifiedRequester}</div>`)}
</dl>`
}

function outcome(text: string, clientName: string): SafeHtml {
  return html`<p>${untrusted(clientName)}</p>
<p>${text}</p>`
}

function errorPage({ error, endpoint, retryAfter, action }: Page<'error'>, messages: Messages): SafeHtml {
  return html`<p role="alert">${messages.errors[error].text}${retryAfter === undefined ? undefined : ` ${messages.retryAfter(retryAfter)}`}</p>
<p><a href="${action}">${endpoint === 'devices' ? messages.devices.title : messages.startAgain}</a></p>`
}
