import type { ProofQuestion, ProofScript } from '../contract/approval.ts'
import type { ShownProofs } from '../contract/pages/model.ts'
import { html, SafeHtml, untrusted } from './html.ts'

/** The question for a proof, above the buttons of the confirm page. */
export function renderProof({ text, failure, link, script, failed }: ProofQuestion & { failed: boolean }): SafeHtml {
  const leads = link && html`<p><a class="button" href="${link.url}">${link.text}</a></p>\n`
  return html`${proofFailure(failure, failed)}<p>${text}</p>
${leads}${script && noScript(script)}`
}

/** The message that a script shows, or that the page shows at once after a wrong proof. */
function proofFailure(text: string, shown: boolean): SafeHtml {
  return html`<p class="notice" id="proof-failure" role="alert"${shown ? undefined : html` hidden`}>${text}</p>
`
}

function noScript({ noScript: text }: ProofScript): SafeHtml {
  return html`<noscript><p class="notice" role="alert">${text}</p></noscript>
`
}

/** The field that the script puts the proof into. */
export function proofField(script?: ProofScript): SafeHtml {
  const options = script && html` data-options="${script.options}"`
  return html`<input type="hidden" name="proof" id="proof"${options}>
`
}

/**
 * The script of a proof. Its code comes from the application, and is put into the page as it is.
 *
 * @throws {TypeError} if the code has `</script` or `<!--`, which would end the element too early or not at all.
 */
export function proofScript({ code }: ProofScript, nonce: string): SafeHtml {
  if (/<\/script|<!--/i.test(code))
    throw new TypeError('Device Auth: the code of a proof script must not contain </script or <!--.')
  return html`
<script nonce="${nonce}">${new SafeHtml(code)}</script>`
}

/** The part of the page of devices where the user adds and removes what proofs are given by. */
export function renderProofs(proofs: ShownProofs, action: string, nonce: string): SafeHtml {
  const { title, text, items, remove } = proofs
  const rows = items.map((item, index) => proofItem(item, index + 1, action, remove))
  return html`<section aria-labelledby="proofs">
<h2 id="proofs">${title}</h2>
<p>${text}</p>
${rows.length === 0 ? undefined : html`<ul class="devices">${rows}</ul>`}
${addForm(proofs, action, nonce)}
</section>`
}

function proofItem(
  { handle, name, detail }: ShownProofs['items'][number],
  number: number,
  action: string,
  remove: string | undefined,
): SafeHtml {
  const [heading, button] = [`proof-${number}`, `remove-${number}`]
  const form =
    remove &&
    html`<form method="post" action="${action}">
<input type="hidden" name="handle" value="${handle}">
<div class="choices">
<button id="${button}" name="action" value="removeProof" aria-labelledby="${button} ${heading}">${remove}</button>
</div>
</form>
`
  return html`<li>
<h3 id="${heading}">${untrusted(name)}</h3>
<p class="soft">${untrusted(detail)}</p>
${form}</li>
`
}

function addForm({ add, handle, notices }: ShownProofs, action: string, nonce: string): SafeHtml | undefined {
  if (add === undefined) return undefined
  return html`${proofFailure(notices.proofFailed, false)}${noScript(add.script)}<form id="proof-form" method="post" action="${action}">
<input type="hidden" name="handle" value="${handle}">
${proofField(add.script)}<button name="action" value="addProof">${add.text}</button>
</form>${proofScript(add.script, nonce)}`
}
