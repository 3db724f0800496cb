import type { PageBase, PageContent } from '../contract/pages/model.ts'
import type { ContentSources } from '../contract/pages/options.ts'
import { imageSource } from '../pages/theme.ts'

/**
 * The Content-Security-Policy of a page: what the built-in page needs, and the sources that the application adds for its own templates.
 * No option can allow frames, forms to other origins or another base.
 *
 * @param content - The page; `undefined` for an error page after a failure.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9700#section-4.16 RFC 9700 section 4.16}
 */
export function contentPolicy(base: PageBase, content: PageContent | undefined, added: ContentSources): string {
  const nonce = `'nonce-${base.nonce}'`
  const hasScript = added['script-src'] !== undefined || (content !== undefined && hasOwnScript(content))
  const own: Readonly<Record<string, readonly string[]>> = {
    'style-src': [nonce],
    'img-src': images(base, content),
    'script-src': hasScript ? [nonce] : [],
  }
  const directives = [...new Set([...Object.keys(own), ...Object.keys(added)])].flatMap((name) => {
    const sources = [...(own[name] ?? []), ...(Object.entries(added).find(([one]) => one === name)?.[1] ?? [])]
    return sources.length === 0 ? [] : [` ${name} ${sources.join(' ')};`]
  })
  return `default-src 'none';${directives.join('')} form-action 'self'; frame-ancestors 'none'; base-uri 'none'`
}

/** The application's logo, and on the confirm page the origin of the client's logo. */
function images({ theme }: PageBase, content: PageContent | undefined): readonly string[] {
  const clientLogo = content?.page === 'confirm' ? content.request.clientLogo : undefined
  const sources = theme.logo === undefined ? [] : [imageSource(theme.logo)]
  return clientLogo === undefined ? sources : [...sources, new URL(clientLogo).origin]
}

/** True for a page whose proof has a script, and for one that selects a wrong code. No other built-in page has one. */
function hasOwnScript(content: PageContent): boolean {
  if (content.page === 'enter') return content.selected === true
  if (content.page === 'confirm') return content.proof?.script !== undefined
  return content.page === 'devices' && content.proofs?.add !== undefined
}
