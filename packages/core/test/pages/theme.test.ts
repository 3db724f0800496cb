import { describe, expect, it } from 'vitest'
import type { PageModel } from '../../src/contract/pages/model.ts'
import { contrast, lightenFor, readableOn } from '../../src/pages/colour.ts'
import { palette } from '../../src/pages/style.ts'
import { imageSource, shownUrl, themeStyle } from '../../src/pages/theme.ts'
import { deviceClient } from '../../src/protocol.ts'
import { alice, createPageServer, queryOf } from '../verification/visitor.ts'

const logo = 'https://cdn.example.com/a,b/logo;v=1.png?x=1'
const someColours = ['#000000', '#777777', '#ffffff', '#ff0000', '#00ff00', '#0000ff', '#ffd400', '#2447c9', '#123456']

function policyOf(headers: Readonly<Record<string, unknown>>): string {
  return String(headers['content-security-policy'])
}

describe('colours of a theme', () => {
  it('contrast is computed as WCAG says', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21)
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
  })

  it.each(someColours)('%s: texts on it, and its form for the dark scheme, have enough contrast', (colour) => {
    expect(contrast(readableOn(colour), colour)).toBeGreaterThanOrEqual(4.5)
    const dark = lightenFor(colour, palette.dark.card, 4.5)
    expect(dark).toMatch(/^#[0-9a-f]{6}$/i)
    expect(contrast(dark, palette.dark.card)).toBeGreaterThanOrEqual(4.5)
  })

  it('accent sets both schemes, accentDark only the dark one', () => {
    expect(themeStyle({})).not.toContain('--')
    expect(themeStyle({ accent: '#2447c9' })).toMatch(
      /^:root\{--accent:#2447c9;--on:#ffffff\}\n@media\(prefers-color-scheme:dark\)\{:root\{--accent:#(?!2447c9)\w{6};--on:#000000\}\}/,
    )
    expect(themeStyle({ accentDark: '#ffd400', radius: 4 }).trim()).toBe(
      '@media(prefers-color-scheme:dark){:root{--accent:#ffd400;--on:#000000}}\n:root{--radius:4px}',
    )
  })
})

describe('images', () => {
  it('9700-4.2.4-1 F-45 the policy allows only the logo of the application, on error pages too', async () => {
    const server = createPageServer({ pages: { theme: { name: 'Aperture & Co', logo } } })
    for (const response of [await server.visit(alice).get(), await server.visit(alice).post({ action: 'nonsense' })]) {
      expect(policyOf(response.headers)).toContain(
        "; img-src https://cdn.example.com/a%2Cb/logo%3Bv=1.png; form-action 'self'",
      )
      expect(response.body.match(/<img[^>]*>/g)).toEqual([`<img src="${logo}" alt="" referrerpolicy="no-referrer">`])
      expect(response.body).toContain('<span>Aperture &amp; Co</span></header>')
      expect(response.body).toMatch(/<title>[^<]+ – Aperture &amp; Co<\/title>/)
    }
    expect(imageSource('data:image/png;base64,AAAA')).toBe('data:')
  })

  it.each([
    [true, 'https://tv.example.com/logo.png', true],
    [false, 'https://tv.example.com/logo.png', false],
    [undefined, 'https://tv.example.com/logo.png', false],
    [true, 'http://tv.example.com/logo.png', false],
    [true, 'javascript:alert(1)', false],
    [true, 'not a URL', false],
  ] as const)('clientLogos %s with logo_uri %s: the logo is shown: %s', async (clientLogos, logo_uri, shown) => {
    const clients = [deviceClient({ client_id: 'tv', client_name: 'TV', scope: 'profile', logo_uri })]
    const pages = clientLogos === undefined ? {} : { clientLogos }
    const server = createPageServer({ clients, pages })
    const visitor = server.visit(alice)
    const confirm = await visitor.get(await visitor.enter((await server.start()).user_code))
    expect(confirm.body.includes(`<img src="${logo_uri}" alt=""`)).toBe(shown)
    expect(policyOf(confirm.headers).includes(' img-src https://tv.example.com;')).toBe(shown)
    expect(policyOf((await visitor.get()).headers)).not.toContain('img-src')
  })

  it.each(['https://tv.example;sandbox/', 'https://tv.example,sandbox/', 'https://*.example/', "https://'none'/"])(
    'a client logo cannot write a directive or a source into the policy of the page: %s',
    async (logo_uri) => {
      const clients = [deviceClient({ client_id: 'tv', client_name: 'TV', scope: 'profile', logo_uri })]
      const server = createPageServer({ clients, pages: { clientLogos: true } })
      const visitor = server.visit(alice)
      const confirm = await visitor.get(await visitor.enter((await server.start()).user_code))
      expect(policyOf(confirm.headers)).not.toMatch(/sandbox|img-src/)
    },
  )

  it('a client logo must be an https URL without a password, of at most 2000 characters', () => {
    const wrong = [
      5,
      undefined,
      'https://a:b@example.com/',
      `https://example.com/${'x'.repeat(2000)}`,
      'data:image/png,x',
    ]
    expect(wrong.map(shownUrl)).toEqual(wrong.map(() => undefined))
    expect(shownUrl('https://example.com/"a;b')).toBe('https://example.com/%22a;b')
    for (const host of ['a_b.example.com:8443', '[2001:db8::1]', 'xn--mnchen-3ya.example'])
      expect(shownUrl(`https://${host}/`)).toBe(`https://${host}/`)
  })
})

describe('a template of the application', () => {
  it('gets the texts, the theme and a nonce that the policy allows', async () => {
    const seen: PageModel[] = []
    const renderPage = (model: PageModel): string => {
      seen.push(model)
      return `<!doctype html><style nonce="${model.nonce}"></style><h1>${model.theme.name}: ${model.page}</h1>`
    }
    const server = createPageServer({
      hooks: { renderPage },
      pages: { theme: { name: 'Aperture' }, messages: { en: { approve: 'Go ahead' } } },
    })
    const visitor = server.visit(alice)
    const response = await visitor.get()
    expect(response.body).toContain('<h1>Aperture: enter</h1>')
    expect(policyOf(response.headers)).toContain(`'nonce-${seen[0]?.nonce}'`)
    await visitor.get(queryOf(await visitor.get(`user_code=${(await server.start()).user_code}`)))
    const confirm = seen.at(-1)
    expect(confirm).toMatchObject({
      page: 'confirm',
      notice: undefined,
      approvalDelay: 0,
      theme: { name: 'Aperture' },
      request: { clientName: 'Living-room TV' },
    })
    expect(confirm?.messages).toMatchObject({ approve: 'Go ahead', decline: 'Decline', direction: 'ltr' })
  })
})
