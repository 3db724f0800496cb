import { type Offered, offer } from './language.ts'
import { messages as builtIn, builtInNames } from './locales.ts'
import type { PagesOptions, Theme } from './options.ts'

/** The option `pages`, with its defaults. */
export interface ResolvedPages {
  readonly theme: Theme
  readonly clientLogos: boolean
  readonly narrowScopes: boolean
  readonly offered: Offered
}

/** Fills in the defaults of the option `pages`, which has been checked. */
export function resolvePages(pages: PagesOptions = {}): ResolvedPages {
  const { theme, clientLogos = false, narrowScopes = false, ...texts } = pages
  const offered = offer(allTexts(texts))
  return Object.freeze({ theme: Object.freeze({ ...theme }), clientLogos, narrowScopes, offered })
}

function allTexts({ language, languages = builtInNames, messages = {} }: PagesOptions): Offered['all'] {
  const all = languages.map((given) =>
    typeof given === 'string'
      ? { name: given, texts: merge(builtIn[given], messages[given]) }
      : { name: given.language, texts: merge(given) },
  )
  const chosen = all.filter(({ name }) => language === undefined || name === language).map(({ texts }) => texts)
  const [first = builtIn.en, ...others] = chosen
  return [first, ...others]
}

/** A frozen copy with some texts changed, whose siblings stay. */
function merge<Texts extends object>(texts: Texts, changes: object = {}): Texts {
  const merged = Object.entries(texts).map(([name, text]) => {
    const change: unknown = Reflect.get(changes, name)
    if (typeof text === 'object') return [name, merge(text, Object(change))]
    return [name, change ?? text]
  })
  return Object.freeze(Object.fromEntries(merged)) as Texts
}
