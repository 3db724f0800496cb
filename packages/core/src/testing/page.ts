/** A form of a page. */
export interface PageForm {
  readonly action: string
  /** Seconds after which the server takes the answer, as the confirm page says; 0 if it says nothing. */
  readonly delay: number
  /** The values of its inputs before the user types, by name. */
  readonly fields: ReadonlyMap<string, string>
  /** The names and values of its buttons. */
  readonly buttons: readonly (readonly [name: string, value: string])[]
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

function unescapeHtml(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#([0-9]+)|([a-z]+));/gi,
    (whole, hex?: string, decimal?: string, name = '') => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
      return entities[name] ?? whole
    },
  )
}

function attributes(tag: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [, name = '', double, single, bare] of tag.matchAll(
    /([\w-]+)(?:=(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g,
  )) {
    found.set(name.toLowerCase(), unescapeHtml(double ?? single ?? bare ?? ''))
  }
  return found
}

function tags(html: string, name: string): readonly ReadonlyMap<string, string>[] {
  return [...html.matchAll(new RegExp(`<${name}\\b([^>]*)>`, 'gi'))].map(([, inside = '']) => attributes(inside))
}

/** The forms of a page. Understands the HTML of the built-in pages, not all HTML. */
export function readForms(html: string): readonly PageForm[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)].map(([, inside = '', content = '']) => {
    const named = tags(content, 'input').filter((input) => input.has('name'))
    return {
      action: attributes(inside).get('action') ?? '',
      delay: Number(attributes(inside).get('data-delay') ?? 0),
      fields: new Map(named.map((input) => [input.get('name') ?? '', input.get('value') ?? ''])),
      buttons: tags(content, 'button').map((button) => [button.get('name') ?? '', button.get('value') ?? ''] as const),
    }
  })
}

/** The text of a page that a user can read. */
export function readText(html: string): string {
  const visible = html.replace(/<(style|script|head)\b.*?<\/\1>/gis, ' ').replace(/<[^>]*>/g, ' ')
  return unescapeHtml(visible).replace(/\s+/g, ' ').trim()
}
