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

const maxShownLength = 100
// control characters, characters that change the text direction, line separators, and halves of surrogate pairs
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Removes invisible characters from an untrusted text. Enough for the value of a field, which isolates its text. */
export function withoutInvisible(text: string): string {
  return text.replace(invisible, '')
}

/** An untrusted text in a page: without invisible characters, cut at 100, and isolated from the text around it. */
export function untrusted(text: string): SafeHtml {
  const shown = withoutInvisible(text)
  return html`<bdi>${shown.length > maxShownLength ? `${truncate(shown)}…` : shown}</bdi>`
}

/** Cuts a text, but never between the two halves of a surrogate pair. */
function truncate(text: string): string {
  return text.slice(0, maxShownLength).replace(/[\ud800-\udbff]$/, '')
}
