import { describe, expect, it } from 'vitest'
import type { PageModel } from '../../src/contract/pages/model.ts'
import type { PagesOptions } from '../../src/contract/pages/options.ts'
import { OptionError } from '../../src/options/check.ts'
import { contrast, lightenFor, readableOn } from '../../src/pages/colour.ts'
import { palette } from '../../src/pages/style.ts'
import { clientLogo, imageSource, themeStyle } from '../../src/pages/theme.ts'
import { deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { issuer } from '../server.ts'
import { alice, createPageServer, queryOf } from '../verification/visitor.ts'

const logo = 'https://cdn.example.com/a,b/logo;v=1.png?x=1'
const someColours = ['#000000', '#777777', '#ffffff', '#ff0000', '#00ff00', '#0000ff', '#ffd400', '#2447c9', '#123456']

function create(pages: unknown): void {
  createDeviceAuth({ issuer, clients: [deviceClient({ client_id: 'tv' })], pages: pages as PagesOptions })
}

function refusal(pages: unknown): string {
  try {
    create(pages)
  } catch (error) {
    if (error instanceof OptionError) return error.message
    throw error
  }
  return 'taken'
}

function policyOf(headers: Readonly<Record<string, unknown>>): string {
  return String(headers['content-security-policy'])
}

describe('the option pages', () => {
  it.each([
    [{ themes: {} }, 'option `pages.themes` is unknown; did you mean `theme`?'],
    [{ clientLogos: 'yes' }, 'option `pages.clientLogos` is "yes"; expected true or false'],
    [{ messages: 5 }, 'option `pages.messages` is 5'],
    [{ theme: 5 }, 'option `pages.theme` is 5'],
    [{ theme: { acent: '#000000' } }, 'option `pages.theme.acent` is unknown; did you mean `accent`?'],
    [{ theme: { name: '' } }, 'a text of 1 to 60 characters'],
    [{ theme: { name: 'x'.repeat(61) } }, 'a text of 1 to 60 characters'],
    [{ theme: { accent: 'red' } }, "a colour such as '#2447c9'"],
    [{ theme: { accent: '#fff;}' } }, "a colour such as '#2447c9'"],
    [{ theme: { accentDark: '#abc' } }, "a colour such as '#2447c9'"],
    [{ theme: { radius: 33 } }, 'a whole number of pixels from 0 to 32'],
    [{ theme: { radius: '4px' } }, 'a whole number of pixels from 0 to 32'],
    [{ theme: { logo: 'http://example.com/logo.png' } }, 'an https URL or a data:image/ URI'],
    [{ theme: { logo: '/logo.png' } }, 'an https URL or a data:image/ URI'],
    [{ theme: { logo: 'https://user:secret@example.com/logo.png' } }, 'an https URL or a data:image/ URI'],
    [{ theme: { logo: 'javascript:alert(1)' } }, 'an https URL or a data:image/ URI'],
    [{ theme: { logo: 'data:text/html,<p>' } }, 'an https URL or a data:image/ URI'],
    [{ theme: { logo: `data:image/png;base64,${'A'.repeat(100_000)}` } }, 'at most 100000 characters'],
  ])('%j is refused', (pages, message) => {
    expect(refusal(pages)).toContain(message)
  })

  it.each([
    {},
    { theme: undefined },
    { theme: { name: 'Aperture', logo, accent: '#00624e', accentDark: '#7ee0c4', radius: 0 }, clientLogos: true },
    { theme: { logo: 'data:image/svg+xml,%3Csvg%3E', accent: undefined } },
  ])('%j is taken', (pages) => {
    expect(() => create(pages)).not.toThrow()
  })

  it('an accent that cannot be seen on the page is refused, with the arithmetic', () => {
    expect(refusal({ theme: { accent: '#ffd400' } })).toMatch(
      /`pages\.theme\.accent` is "#ffd400"; expected .* at least 3:1 on the page of the light scheme, #f5f6f8, where this one has 1\.3\d*:1/,
    )
    expect(refusal({ theme: { accentDark: '#123456' } })).toMatch(
      /3:1 on the card of the dark scheme, #181b21, .*1\.\d+:1/,
    )
    expect(refusal({ theme: { accent: '#123456', accentDark: '#ffd400' } })).toBe('taken')
  })
})

describe('colours of a theme', () => {
  it('contrast is that of WCAG', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21)
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
  })

  it.each(someColours)('texts on %s can be read, and its dark form be seen', (colour) => {
    expect(contrast(readableOn(colour), colour)).toBeGreaterThanOrEqual(4.5)
    const dark = lightenFor(colour, palette.dark.card, 4.5)
    expect(dark).toMatch(/^#[0-9a-f]{6}$/i)
    expect(contrast(dark, palette.dark.card)).toBeGreaterThanOrEqual(4.5)
  })

  it('an accent alone counts for both schemes, a dark one for the dark scheme alone', () => {
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
  it('9700-4.2.4-1 F-45 the logo of the application, and no other image, may be loaded, on error pages too', async () => {
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
  ] as const)('clientLogos %s, logo_uri %s: shown is %s', async (clientLogos, logo_uri, shown) => {
    const clients = [deviceClient({ client_id: 'tv', client_name: 'TV', scope: 'profile', logo_uri })]
    const pages = clientLogos === undefined ? {} : { clientLogos }
    const server = createPageServer({ clients, pages })
    const visitor = server.visit(alice)
    const confirm = await visitor.get(await visitor.enter((await server.start()).user_code))
    expect(confirm.body.includes(`<img src="${logo_uri}" alt=""`)).toBe(shown)
    expect(policyOf(confirm.headers).includes(' img-src https://tv.example.com;')).toBe(shown)
    expect(policyOf((await visitor.get()).headers)).not.toContain('img-src')
  })

  it('a client logo is an https URL without a password, and of bounded length', () => {
    const wrong = [
      5,
      undefined,
      'https://a:b@example.com/',
      `https://example.com/${'x'.repeat(2000)}`,
      'data:image/png,x',
    ]
    expect(wrong.map(clientLogo)).toEqual(wrong.map(() => undefined))
    expect(clientLogo('https://example.com/"a;b')).toBe('https://example.com/%22a;b')
  })
})

describe('templates of an application', () => {
  it('renderPage gets the texts, the theme and a nonce that the policy allows', async () => {
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
      theme: { name: 'Aperture' },
      request: { clientName: 'Living-room TV' },
    })
    expect(confirm?.messages).toMatchObject({ approve: 'Go ahead', decline: 'Decline', direction: 'ltr' })
  })
})
