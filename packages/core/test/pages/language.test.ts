import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Language, Messages } from '../../src/contract/pages/messages.ts'
import type { PageModel } from '../../src/contract/pages/model.ts'
import type { PagesOptions } from '../../src/contract/pages/options.ts'
import { messages } from '../../src/pages/locales/built-in.ts'
import { readText } from '../../src/testing/page.ts'
import { formRequest, issuer } from '../server.ts'
import { alice, createPageServer, handleOf, queryOf, type Visitor } from '../verification/visitor.ts'

const dutch: Messages = { ...messages.en, language: 'nl', approve: 'Toestaan' }
const traditional: Messages = { ...messages.zh, language: 'zh-TW', approve: '允許' }
const tags = Object.values(messages).map(({ language }) => language)

/** The language of the enter page. */
async function languageOf(visitor: Visitor, accepted?: string, query = ''): Promise<string> {
  const { status, headers, body } = await visitor.get(
    query,
    accepted === undefined ? {} : { 'accept-language': accepted },
  )
  expect({ status, vary: headers.vary }).toEqual({ status: 200, vary: 'Accept-Language' })
  const language = String(headers['content-language'])
  const { direction = 'none' } = Object.values(messages).find((texts) => texts.language === language) ?? {}
  expect(body).toContain(`<html lang="${language}" dir="${direction}">`)
  return language
}

describe('Accept-Language, RFC 9110 section 12.5.4 and RFC 4647 section 3.4', () => {
  const visitor = createPageServer().visit(alice)

  it.each([
    // no language that is offered
    [undefined, 'en'],
    ['', 'en'],
    [' ', 'en'],
    ['*', 'en'],
    ['nl', 'en'],
    ['nl, *;q=0.5', 'en'],
    // one language
    ['en', 'en'],
    ['de', 'de'],
    ['fr', 'fr'],
    ['es', 'es'],
    ['pt', 'pt-BR'],
    ['ja', 'ja'],
    ['zh', 'zh-Hans'],
    ['ar', 'ar'],
    // as browsers send it
    ['de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7', 'de'],
    ['en-US,en;q=0.5', 'en'],
    ['fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5', 'fr'],
    ['nl-NL,nl;q=0.9,de;q=0.8,en;q=0.7', 'de'],
    ['ar-EG,ar;q=0.9,en;q=0.8', 'ar'],
    // shortened until a language is found
    ['de-CH-1996', 'de'],
    ['es-419', 'es'],
    ['pt-BR', 'pt-BR'],
    ['pt-PT', 'pt-BR'],
    ['ja-Jpan-JP-x-own', 'ja'],
    ['den', 'en'],
    ['d', 'en'],
    // simplified and traditional
    ['zh-CN', 'zh-Hans'],
    ['zh-Hans-SG', 'zh-Hans'],
    ['zh-TW', 'zh-Hant'],
    ['zh-Hant', 'zh-Hant'],
    ['zh-Hant-HK', 'zh-Hant'],
    ['zh-TW,en;q=0.8', 'zh-Hant'],
    ['zh-HK, ja;q=0.1', 'zh-Hant'],
    ['zh-TW,zh;q=0.9,en-US;q=0.8', 'zh-Hant'],
    ['zh-MO, nl', 'zh-Hant'],
    // weights
    ['de;q=0.5, fr', 'fr'],
    ['de;q=0.5, fr;q=0.501', 'fr'],
    ['de;q=1.000,fr;q=1', 'de'],
    ['fr;q=0.1', 'fr'],
    ['DE;Q=0.8 , \tFR;q=0.3', 'de'],
    // refused languages
    ['de;q=0', 'en'],
    ['de;q=0.000, fr;q=0.001', 'fr'],
    ['en;q=0', 'de'],
    ['en;q=0, de;q=0, *', 'fr'],
    ['de-CH, de;q=0', 'en'],
    ['de, de-CH;q=0', 'de'],
    ['pt-PT, pt;q=0, es;q=0.1', 'es'],
    ['zh-TW, zh;q=0', 'en'],
    ['zh-Hant;q=0, zh-TW', 'zh-Hans'],
    ['*;q=0', 'en'],
    ['*;q=0, ja;q=0.2', 'ja'],
    [tags.map((tag) => `${tag};q=0`).join(), 'en'],
    // malformed parts are ignored, the rest counts
    ['de;q=2', 'en'],
    ['de;q=-1', 'en'],
    ['de;q=0.1234', 'en'],
    ['de;q=', 'en'],
    ['de;q=NaN, fr;q=0.1', 'fr'],
    ['de;level=1, fr', 'fr'],
    ['de fr', 'en'],
    ['de_DE, fr', 'fr'],
    [',,;,=, ;q=1,ja', 'ja'],
    ['"de", <script>, fr', 'fr'],
    ['-de, de-, fr--CA, es', 'es'],
    ['toString, __proto__, constructor', 'en'],
    ['de\r\nset-cookie: x=1', 'en'],
    ['dé, ｄｅ, de\u0000', 'en'],
  ])('%j gets %s', async (accepted, language) => {
    expect(await languageOf(visitor, accepted)).toBe(language)
  })

  it('uses the first header if a platform gives several as an array', async () => {
    const server = createPageServer()
    const request = { ...formRequest('/device', {}, { native: { user: alice } }), method: 'GET' }
    const endpoint = server.deviceAuth.route('GET', '/device')!
    const { headers } = await endpoint({ ...request, headers: { 'accept-language': ['fr', 'de'] } })
    expect(headers['content-language']).toBe('fr')
  })

  it('always gives a page in one of the languages', async () => {
    const unit = fc.constantFrom(...tags, ...',;-=*. q01\t\u0000\r\né', 'q=', 'x'.repeat(9))
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit, maxLength: 40 }),
        fc.string({ unit, maxLength: 40 }),
        async (header, locales) => {
          const query = new URLSearchParams({ ui_locales: locales }).toString()
          expect(tags).toContain(await languageOf(visitor, header, query))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('reads only the beginning of a very long header, and ignores a part that is cut there', async () => {
    const padding = 'xx-yyyyyyy,'.repeat(10)
    expect(await languageOf(visitor, `${padding}de,${'fr,'.repeat(40_000)}`)).toBe('de')
    expect(await languageOf(visitor, `${'xx,'.repeat(33_000)}de`)).toBe('en')
    // the limit of 1000 characters falls between "en;q=0" and ".9"
    const cut = `${' '.repeat(1000 - 'en;q=0'.length)}en;q=0.9,de`
    expect(await languageOf(visitor, cut)).toBe('en')
    expect(await languageOf(visitor, undefined, `ui_locales=${'x'.repeat(100_000)}`)).toBe('en')
    expect(await languageOf(visitor, `${'a-'.repeat(50_000)}a`)).toBe('en')
  })
})

describe('ui_locales, OpenID Connect Core section 3.1.2.1', () => {
  const server = createPageServer()
  const visitor = server.visit(alice)

  it.each([
    ['ui_locales=de', 'fr', 'de'],
    ['ui_locales=nl+de+fr', 'fr', 'de'],
    ['ui_locales=pt-PT', 'fr', 'pt-BR'],
    ['ui_locales=de', 'de;q=0, fr', 'de'],
    ['ui_locales=zh-TW', 'fr', 'zh-Hant'],
    ['ui_locales=zh-TW+ar', 'fr', 'zh-Hant'],
    ['ui_locales=nl', 'fr', 'fr'],
    ['ui_locales=', 'fr', 'fr'],
    ['ui_locales=de&ui_locales=es', 'fr', 'fr'],
    ['ui_locales=%00de', 'fr', 'fr'],
    ['ui_locales=%3Cscript%3E', undefined, 'en'],
  ])('%s with Accept-Language %s is %s', async (query, accepted, language) => {
    expect(await languageOf(visitor, accepted, query)).toBe(language)
  })

  it('is kept from the link to the last page', async () => {
    const { user_code } = await server.start()
    const entered = await visitor.get('ui_locales=nl+de')
    expect(entered.body).toContain('<form method="post" action="/oauth/device?ui_locales=de">')
    const post = (parameters: Record<string, string>) =>
      server.post('/device', parameters, {
        query: 'ui_locales=de',
        native: { user: alice },
        headers: { 'sec-fetch-site': 'same-origin' },
      })
    const found = await post({ handle: handleOf(entered), user_code, action: 'continue' })
    expect(found.headers.location).toMatch(/^\/oauth\/device\?handle=[\w-]+&ui_locales=de$/)
    const confirm = await visitor.get(queryOf(found))
    expect(confirm.body).toContain(`<h1>${messages.de.confirmTitle}</h1>`)
    const done = await post({ handle: handleOf(confirm), action: 'approve', own_device: 'yes' })
    expect(done.body).toContain(`<h1>${messages.de.doneTitle}</h1>`)
  })

  it('F-46 is kept over the log-in, as the server’s own tag and without anything else of the address', async () => {
    const locales = encodeURIComponent('xx//evil.example \r\nset-cookie:x=1 de-AT&return_to=//evil.example DE-ch')
    const { headers } = await server.visit().get(`ui_locales=${locales}`)
    expect(headers.location).toBe(`/login?return_to=${encodeURIComponent('/oauth/device?ui_locales=de')}`)
    const withCode = await server.visit().get(`user_code=BCDF-GHJK&ui_locales=${locales}`)
    const back = new URL(String(withCode.headers.location), issuer).searchParams.get('return_to')
    expect(back).toMatch(/^\/oauth\/device\?handle=[\w-]+&ui_locales=de$/)
    expect((await server.visit().get('ui_locales=nl')).headers.location).toBe('/login?return_to=%2Foauth%2Fdevice')
  })

  it('is kept on the devices page', async () => {
    await server.signIn()
    const native = { user: alice }
    const page = await server.get('/devices', { query: 'ui_locales=ar', native })
    expect(page.headers['content-language']).toBe('ar')
    expect(page.body).toContain('href="/oauth/device?ui_locales=ar"')
    expect(page.body).toContain('action="/oauth/devices?ui_locales=ar"')
    const renamed = await server.post(
      '/devices',
      { handle: handleOf(page), action: 'rename', name: 'TV' },
      { query: 'ui_locales=ar', native, headers: { 'sec-fetch-site': 'same-origin' } },
    )
    expect(renamed.headers.location).toMatch(/^\/oauth\/devices\?handle=[\w-]+&ui_locales=ar$/)
  })
})

describe('dates on the devices page', () => {
  it.each([
    ['en', 'Signed in Jan 2, 2026'],
    ['de', 'Angemeldet am 2. Jan. 2026'],
    ['fr', 'Connecté le 2 janv. 2026'],
    ['es', 'Sesión iniciada el 2 ene 2026'],
    ['pt', 'Conectado em 2 de jan. de 2026'],
    ['ja', 'ログイン：2026年1月2日'],
    ['zh', '登录日期：2026年1月2日'],
    ['zh-Hant', '登入日期：2026年1月2日'],
    ['ar', 'سُجّل الدخول في 2 يناير 2026'],
  ])('are written in %s as is usual there', async (language, since) => {
    const server = createPageServer({ pages: { language } })
    server.clock.advance(24 * 3600)
    await server.signIn()
    const { body } = await server.get('/devices', { native: { user: alice } })
    expect(readText(body)).toContain(since)
    expect(readText(body)).toContain(messages[language as Language].devices.neverUsed)
  })
})

describe('the languages of an application', () => {
  const visit = (pages: PagesOptions): Visitor => createPageServer({ pages }).visit(alice)
  const shown = async (pages: PagesOptions, accepted = 'de', query = ''): Promise<string> => {
    const server = createPageServer({ pages })
    const visitor = server.visit(alice)
    const { user_code } = await server.start()
    const found = await visitor.get(`user_code=${user_code}&${query}`)
    return (await visitor.get(`${queryOf(found)}&${query}`, { 'accept-language': accepted })).body
  }

  it('language: every page is in this language, even if the reader prefers another', async () => {
    expect(await languageOf(visit({ language: 'fr' }), 'de', 'ui_locales=ar')).toBe('fr')
    expect((await visit({ language: 'fr' }).get('ui_locales=fr')).body).toContain('action="/oauth/device"')
    expect(await shown({ language: 'nl', languages: ['de', dutch] })).toContain('Toestaan')
  })

  it('languages: only these are offered, and the first is the default', async () => {
    const visitor = visit({ languages: ['de', 'en'] })
    expect(await languageOf(visitor, 'fr')).toBe('de')
    expect(await languageOf(visitor, 'fr, en;q=0.1')).toBe('en')
    expect(await languageOf(visitor, 'fr', 'ui_locales=fr')).toBe('de')
  })

  it.each([
    ['zh-TW', 'zh-Hans'],
    ['zh-TW,en;q=0.8', 'en'],
    ['zh-HK, ja;q=0.1', 'ja'],
    ['zh-MO, nl', 'zh-Hans'],
  ])('languages: without traditional Chinese, %s gets %s', async (accepted, expected) => {
    expect(await languageOf(visit({ languages: ['de', 'en', 'ja', 'zh'] }), accepted)).toBe(expected)
  })

  it('languages: an added language is found by its tag and by prefixes of the tag', async () => {
    const added = ['en', 'de', dutch, traditional] as const
    expect(await shown({ languages: added }, 'nl-BE')).toContain('Toestaan')
    for (const accepted of ['zh-TW', 'zh-Hant', 'zh-hant-TW', 'zh-HK, de', 'zh']) {
      expect(await shown({ languages: added }, accepted), accepted).toContain('允許')
    }
    const both: PagesOptions = { languages: ['en', 'zh', traditional] }
    expect(await shown(both, 'zh')).toContain(messages.zh.approve)
    expect(await shown(both, 'zh-CN')).toContain(messages.zh.approve)
    expect(await shown(both, 'zh-Hant-MO')).toContain('允許')
    const portugal: Messages = { ...messages.pt, language: 'pt-PT', approve: 'Autorizar' }
    const all: PagesOptions = { languages: ['en', 'pt', portugal] }
    expect(await shown(all, 'pt-PT')).toContain('Autorizar')
    expect(await shown(all, 'pt-BR')).toContain(messages.pt.approve)
    expect(await shown(all, 'pt-AO')).toContain(messages.pt.approve)
  })

  it('messages: a changed text changes no other text and no other language', async () => {
    const models: PageModel[] = []
    const pages: PagesOptions = {
      messages: {
        de: { approve: 'Los geht’s', notices: { missingCode: 'Code fehlt.' }, errors: { failed: { title: 'Ups' } } },
      },
    }
    const server = createPageServer({ pages, hooks: { renderPage: (model) => String(models.push(model)) } })
    await server.visit(alice).get('', { 'accept-language': 'de' })
    await server.visit(alice).get('', { 'accept-language': 'fr' })
    expect(models[0]?.messages).toEqual({
      ...messages.de,
      age: expect.any(Function),
      approve: 'Los geht’s',
      notices: { ...messages.de.notices, missingCode: 'Code fehlt.' },
      errors: { ...messages.de.errors, failed: { ...messages.de.errors.failed, title: 'Ups' } },
    })
    expect(models[1]?.messages).toEqual(messages.fr)
  })

  it('changes to the options after construction have no effect', async () => {
    const changing = { ...dutch }
    const server = createPageServer({ pages: { languages: [changing] } })
    changing.language = '"><script>'
    expect((await server.visit(alice).get()).headers['content-language']).toBe('nl')
  })
})

describe('a template of the application', () => {
  it('gets the texts in the language of the reader, which the headers name', async () => {
    const server = createPageServer({ hooks: { renderPage: ({ messages: { approve } }) => `<p>${approve}</p>` } })
    const { headers, body } = await server.visit(alice).get('', { 'accept-language': 'ar' })
    expect(readText(body)).toBe(messages.ar.approve)
    expect(headers['content-language']).toBe('ar')
  })
})
