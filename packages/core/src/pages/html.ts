/** HTML that has been escaped already. */
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

/** Makes a text harmless between tags and in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

/** A template whose every value is escaped, unless it is such a template itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Interpolated[]): SafeHtml {
  let text = parts[0] ?? ''
  values.forEach((value, index) => {
    text += render(value) + (parts[index + 1] ?? '')
  })
  return new SafeHtml(text)
}

function render(value: Interpolated): string {
  if (value === undefined) return ''
  if (value instanceof SafeHtml) return value.text
  if (typeof value === 'object') return value.map((part) => part.text).join('')
  return escapeHtml(String(value))
}

const longest = 100
// control characters, those that turn the direction of the text around them, and halves of characters
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** A text that somebody else chose, without tricks: for the value of a field, which keeps it apart. */
export function plain(text: string): string {
  return text.replace(invisible, '')
}

/** A text that somebody else chose: bounded, without tricks, kept apart from the text around it. */
export function untrusted(text: string): SafeHtml {
  const shown = plain(text)
  return html`<bdi>${shown.length > longest ? `${cut(shown)}…` : shown}</bdi>`
}

/** Never between the two halves of one character. */
function cut(text: string): string {
  return text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')
}
