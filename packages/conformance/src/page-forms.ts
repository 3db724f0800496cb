import type { HttpResponse } from './http.ts'
import { skip } from './target.ts'

/** A submit button. Without a name, it adds nothing to the form. */
interface Button {
  readonly name: string
  readonly value: string
  readonly label: string
}

/** A form of a page, with the fields that a browser would submit. */
export interface PageForm {
  readonly method: string
  /** An absolute URL. */
  readonly action: string
  readonly hidden: readonly (readonly [name: string, value: string])[]
  /** The check boxes that have to be ticked before the form can be sent. */
  readonly boxes: readonly (readonly [name: string, value: string])[]
  /** Names of the text fields. */
  readonly fields: readonly string[]
  readonly buttons: readonly Button[]
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  '#x27': "'",
  '#x2F': '/',
  '#47': '/',
}

/** Replaces the entities that templates use for escaping by their characters. */
export function unescapeHtml(text: string): string {
  return text.replace(/&([a-z]+|#x?[0-9a-f]+);/gi, (whole, name: string) => entities[name] ?? whole)
}

function attribute(tag: string, name: string): string | undefined {
  const match = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag)
  return match === null ? undefined : unescapeHtml(match[1] ?? match[2] ?? match[3] ?? '')
}

function readForm(html: string, base: string): PageForm {
  const open = /^<form\b[^>]*>/i.exec(html)?.[0] ?? ''
  const inputs = html.match(/<input\b[^>]*>/gi) ?? []
  const type = (tag: string): string => (attribute(tag, 'type') ?? 'text').toLowerCase()
  const name = (tag: string): string => attribute(tag, 'name') ?? ''
  const button = (tag: string, label: string): Button => ({
    name: name(tag),
    value: attribute(tag, 'value') ?? '',
    label,
  })
  const buttons = [...html.matchAll(/(<button\b[^>]*>)([\s\S]*?)<\/button>/gi)]
    .filter(([, tag = '']) => (attribute(tag, 'type') ?? 'submit').toLowerCase() === 'submit')
    .map(([, tag = '', label = '']) => button(tag, label.replace(/<[^>]*>/g, '').trim()))
  return {
    method: (attribute(open, 'method') ?? 'get').toUpperCase(),
    action: new URL(attribute(open, 'action') || base, base).href,
    hidden: inputs
      .filter((tag) => type(tag) === 'hidden')
      .map((tag) => [name(tag), attribute(tag, 'value') ?? ''] as const),
    boxes: inputs
      .filter((tag) => type(tag) === 'checkbox' && /\srequired\b/i.test(tag))
      .map((tag) => [name(tag), attribute(tag, 'value') ?? 'on'] as const),
    fields: inputs.filter((tag) => /^(text|search|tel|number)$/.test(type(tag))).map(name),
    buttons: [
      ...buttons,
      ...inputs.filter((tag) => type(tag) === 'submit').map((tag) => button(tag, attribute(tag, 'value') ?? '')),
    ],
  }
}

/** The forms of a page. */
export function readForms(response: HttpResponse): readonly PageForm[] {
  return (response.text.match(/<form\b[\s\S]*?<\/form>/gi) ?? []).map((html) => readForm(html, response.request.url))
}

/** The form that asks for the user code, if the page has one. */
export function codeForm(response: HttpResponse): PageForm | undefined {
  return readForms(response).find(({ method, fields }) => method === 'POST' && fields.includes('user_code'))
}

const yes = /approve|allow|confirm|accept|authori[sz]e|\byes\b/i
const no = /deny|decline|refuse|reject|cancel|abort|\bno\b/i
const matches =
  (pattern: RegExp) =>
  (button: Button): boolean =>
    pattern.test(button.value) || pattern.test(button.label)

/** The form that asks the user to approve or deny, with its two buttons. */
export interface DecisionForm {
  readonly form: PageForm
  readonly approve: Button
  readonly deny: Button
}

/** The form that asks to approve or deny, if the page has one. */
export function readDecision(response: HttpResponse): DecisionForm | undefined {
  for (const form of readForms(response)) {
    const deny = form.buttons.find(matches(no))
    const approve = form.buttons.find((button) => button !== deny && matches(yes)(button))
    if (form.method === 'POST' && approve !== undefined && deny !== undefined) return { form, approve, deny }
  }
  return undefined
}

/** The text of a page, without its markup. */
export const visibleText = (html: string): string =>
  unescapeHtml(html.replace(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' '))

/** Skips the case if the page says that its language is not English, because the case looks for English words. */
export function needEnglish(page: HttpResponse): void {
  const [, language = 'en'] = /<html\b[^>]*\slang\s*=\s*["']?([a-z]+)/i.exec(page.text) ?? []
  if (language.toLowerCase() !== 'en') throw skip(`needs pages in English, not in '${language}'`)
}
