import { cutAt, foreignText } from '../foreign-text.ts'

/** HTML that is safe to send: its untrusted parts are escaped. */
export class SafeHtml {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Interpolated = string | number | undefined | SafeHtml | readonly SafeHtml[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Escapes a text for use between tags or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** Tag for HTML templates: escapes every value, except those that are `SafeHtml`. `undefined` becomes nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Interpolated[]): SafeHtml {
  let text = parts[0] ?? ''
  values.forEach((value, index) => {
    text += toHtml(value) + (parts[index + 1] ?? '')
  })
  return new SafeHtml(text)
}

function toHtml(value: Interpolated): string {
  if (value === undefined) return ''
  if (value instanceof SafeHtml) return value.text
  if (typeof value === 'object') return value.map((part) => part.text).join('')
  return escapeHtml(String(value))
}

const MAX_SHOWN_LENGTH = 100
/** Longer texts are not even read. */
const MAX_READ_LENGTH = 1000

/** An untrusted text in a page: bounded (`foreignText`), cut at 100, and isolated from the text around it. */
export function untrusted(text: string): SafeHtml {
  const shown = foreignText(text, MAX_READ_LENGTH)
  return html`<bdi>${shown.length > MAX_SHOWN_LENGTH ? `${cutAt(shown, MAX_SHOWN_LENGTH)}…` : shown}</bdi>`
}
