import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Messages } from '../../src/contract/pages/messages.ts'
import type { PageModel } from '../../src/contract/pages/model.ts'
import type { PageError } from '../../src/contract/pages/notices.ts'
import { html, untrusted } from '../../src/pages/html.ts'
import { messages } from '../../src/pages/locales/built-in.ts'
import { english } from '../../src/pages/locales/en.ts'
import { renderPage } from '../../src/pages/render.ts'
import { style } from '../../src/pages/style.ts'
import { readForms, readText } from '../../src/testing/page.ts'

const base = { nonce: 'nonce', action: '/oauth/device', messages: english, theme: {} }
const pageErrors: readonly PageError[] = [
  'invalidRequest',
  'crossOrigin',
  'alreadyAnswered',
  'notFound',
  'limited',
  'refused',
  'refusedNetwork',
  'unavailable',
  'failed',
]

/** Every page, with one text in all places that clients, devices and users control. */
function everyPage(text: string, messages: Messages = english): readonly PageModel[] {
  const base = { nonce: 'nonce', action: '/oauth/device', messages, theme: {} }
  const request = {
    userCode: text,
    clientName: text,
    verified: false,
    firstParty: false,
    shortConsent: false,
    scopes: [{ scope: text, description: text }],
    narrow: false,
    age: 5,
    ip: text,
    userAgent: text,
    description: text,
    device: { name: text, model: text },
    place: text,
    network: text,
    bindingMessage: text,
    warnings: [
      'sameDevice',
      'maybeSameDevice',
      'otherNetwork',
      'unknownNetwork',
      'otherCountry',
      'unknownCountry',
      'old',
    ],
  } as const
  const { clientName, scopes, ip, userAgent, description } = request
  const device = { handle: text, name: text, clientName, scopes, signedInAt: 0, ip, userAgent, description }
  const devices = [
    { ...device, lastUsedAt: undefined },
    { ...device, lastUsedAt: 1e12 },
  ]
  const enter = { ...base, page: 'enter', account: text, handle: text, placeholder: text, numeric: false } as const
  return [
    { ...base, page: 'login', loginUrl: undefined },
    { ...base, page: 'login', loginUrl: `/login?to=${text}` },
    ...([undefined, 'unknownCode', 'missingCode', 'accountChanged'] as const).map(
      (notice): PageModel => ({ ...enter, userCode: text, notice }),
    ),
    { ...base, page: 'confirm', account: text, handle: text, notice: 'tooSoon', approvalDelay: 1, request },
    {
      ...base,
      page: 'confirm',
      account: text,
      handle: text,
      notice: 'tooSoon',
      approvalDelay: 1,
      request: { ...request, narrow: true },
    },
    { ...base, page: 'done', account: text, clientName: text, number: undefined },
    { ...base, page: 'done', account: text, clientName: text, number: '0042' },
    { ...base, page: 'denied', account: text, clientName: text },
    ...(['renamed', 'gone', 'accountChanged'] as const).map(
      (notice): PageModel => ({
        ...base,
        page: 'devices',
        account: text,
        handle: text,
        devices,
        one: false,
        notice,
        connectUrl: text,
      }),
    ),
    ...pageErrors.map((error): PageModel => ({ ...base, page: 'error', error, retryAfter: 7 })),
  ]
}

const pages = everyPage('Living room').map((model): [string, string] => [JSON.stringify(model), renderPage(model)])

/** The tags of a page without the values of their attributes: the structure that a browser would build. */
function structure(page: string): readonly string[] {
  return (page.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/="[^"]*"/g, '=""'))
}

describe('untrusted texts', () => {
  const markup = fc.string({
    unit: fc.constantFrom(
      ...'<>&"\'`=/!-{}$ a\u0000\r\n\t\u202e\u2066',
      '<script>',
      '</title>',
      '-->',
      ' onload=',
      '😀',
    ),
  })

  it('F-47 6749-10.14-1 add, close or change no tag on any page, in any language', { timeout: 60_000 }, () => {
    const plain = everyPage('x').map((model) => structure(renderPage(model)))
    const language = fc.constantFrom(...Object.values(messages))
    fc.assert(
      fc.property(fc.oneof(markup, fc.string({ unit: 'binary' })), language, (text, texts) => {
        expect(everyPage(text, texts).map((model) => structure(renderPage(model)))).toEqual(plain)
      }),
      { numRuns: 1000 },
    )
  })

  it('F-48 are cut, isolated and free of invisible characters', () => {
    fc.assert(
      fc.property(fc.oneof(markup, fc.string({ unit: 'binary', maxLength: 300 })), (text) => {
        const shown = /^<bdi>(.*)<\/bdi>$/su.exec(untrusted(text).text)?.[1] ?? 'not isolated'
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}<>"']/u)
        expect(readText(shown).length).toBeLessThanOrEqual(101)
      }),
    )
  })

  it('F-48 are never cut inside a character', () => {
    expect(untrusted(`${'a'.repeat(99)}😀😀`).text).toBe(`<bdi>${'a'.repeat(99)}…</bdi>`)
    expect(untrusted(`${'a'.repeat(98)}😀😀`).text).toBe(`<bdi>${'a'.repeat(98)}😀…</bdi>`)
    expect(untrusted('a'.repeat(100)).text).toBe(`<bdi>${'a'.repeat(100)}</bdi>`)
  })

  it('are escaped by the template, which leaves nested templates as they are', () => {
    const inner = html`<b title="${'"'}">${'<&>'}${"'"}</b>`
    expect(html`<p>${inner}${[inner, inner]}${undefined}${0}</p>`.text).toBe(
      `<p>${'<b title="&quot;">&lt;&amp;&gt;&#39;</b>'.repeat(3)}0</p>`,
    )
  })
})

describe('every page', () => {
  it.each(pages)('works with a screen reader and on a phone: %s', (_model, page) => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="en" dir="ltr">/)
    expect(page).toContain('<meta name="viewport" content="width=device-width,initial-scale=1">')
    expect(page.match(/<main>/g)).toHaveLength(1)
    const headings = [...page.matchAll(/<h1>([^<]+)<\/h1>/g)].map(([, text]) => text)
    expect(headings).toEqual([/<title>([^<]+)<\/title>/.exec(page)?.[1]])
    for (const [, id] of page.matchAll(/<label for="([^"]+)"/g)) expect(page).toContain(` id="${id}"`)
    for (const [, ids = ''] of page.matchAll(/aria-describedby="([^"]+)"/g)) {
      for (const id of ids.split(' ')) expect(page).toContain(` id="${id}"`)
    }
  })

  it.each(pages)('9700-4.2.4-1 needs no script and loads nothing: %s', (_model, page) => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|https?:|url\(|@import|\son\w+=|javascript:/i)
    expect(page.match(/<style/g)).toEqual(['<style'])
    expect(page).toContain('<style nonce="nonce">')
  })
})

describe('the enter page', () => {
  const enter = {
    ...base,
    page: 'enter',
    account: 'Alice',
    handle: 'sealed',
    userCode: '',
    placeholder: 'XXX-XXX-XXX',
  } as const

  it('has one form, for the code only', () => {
    const forms = readForms(renderPage({ ...enter, notice: undefined, numeric: false }))
    const fields = new Map([
      ['handle', 'sealed'],
      ['user_code', ''],
    ])
    expect(forms).toEqual([{ action: '/oauth/device', delay: 0, fields, buttons: [['action', 'continue']] }])
  })

  it('asks for the right keyboard, and says why it is shown again', () => {
    const letters = renderPage({ ...enter, notice: undefined, numeric: false })
    const digits = renderPage({ ...enter, notice: 'unknownCode', numeric: true })
    expect(letters).toContain('inputmode="text" autocapitalize="characters" autocomplete="off"')
    expect(letters).not.toContain('role="alert"')
    expect(digits).toContain('inputmode="numeric"')
    expect(digits).toMatch(/role="alert">This code is not valid/)
  })
})

describe('the confirm page', () => {
  const request = {
    userCode: 'BCDF-GHJK',
    clientName: 'Living-room TV',
    verified: true,
    firstParty: false,
    shortConsent: false,
    scopes: [],
    narrow: false,
    age: 1,
    ip: undefined,
    userAgent: undefined,
    description: undefined,
    warnings: [],
  }
  const confirm = {
    ...base,
    page: 'confirm',
    account: 'Alice',
    handle: 'sealed',
    notice: undefined,
    approvalDelay: 1,
    request,
  } as const

  it('8628-3.3.1-6 8628-5.4-3 XD-6.1.14 Enter cannot approve: there is no text field and no focus, and the first button does nothing', () => {
    const page = renderPage(confirm)
    const buttons = [
      ['', ''],
      ['action', 'deny'],
      ['action', 'approve'],
    ]
    const fields = new Map([
      ['handle', 'sealed'],
      ['own_device', 'yes'],
    ])
    expect(readForms(page)).toEqual([{ action: '/oauth/device', delay: 1, fields, buttons }])
    // the box is not ticked, and Enter in it presses the first button, which does nothing
    expect(page).toMatch(/<input type="checkbox" name="own_device" value="yes" required>/)
    expect(page.match(/<button[^>]*>/)?.[0]).toBe('<button hidden formmethod="dialog" formnovalidate>')
    expect(page).not.toMatch(/autofocus|type="text"/)
  })

  it('XD-6.1.14 neither button stands out: the two differ only in their text', () => {
    const [, deny = '', approve = ''] = renderPage(confirm).match(/<button[^>]*>/g) ?? []
    // to decline, the box need not be ticked
    expect(approve.replace('"approve"', '"deny" formnovalidate')).toBe(deny)
    expect(style).not.toMatch(/button(:nth|:first|:last|\[|\.\w)/)
  })

  it('leaves out what is unknown, and has no warning for a client that is authenticated', () => {
    const text = readText(renderPage(confirm))
    expect(text).toContain('Asked just now')
    expect(text).not.toMatch(/Asked from|not verified|cannot prove|undefined/)
  })

  it.each([
    [0, 'just now'],
    [9, 'just now'],
    [10, '10 seconds ago'],
    [89, '89 seconds ago'],
    [90, '2 minutes ago'],
    [590, '10 minutes ago'],
  ])('an age of %i seconds is shown as %s', (age, words) => {
    expect(readText(renderPage({ ...confirm, request: { ...request, age } }))).toContain(`Asked ${words}`)
  })
})

describe('colours', () => {
  /** WCAG 2.2, relative luminance. */
  const luminance = (colour: string): number => {
    const full = colour.length === 4 ? colour.replace(/[0-9a-f]/g, '$&$&') : colour
    const channels = (full.match(/[0-9a-f]{2}/g) ?? []).map((channel) => Number.parseInt(channel, 16) / 255)
    const [r = 0, g = 0, b = 0] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (one: string, other: string): number => {
    const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
  }
  const schemes = [...style.matchAll(/:root\{([^}]*)\}/g)].map(
    ([, rules = '']) => new Map([...rules.matchAll(/--(\w+):(#[0-9a-f]+)/g)].map(([, name, value]) => [name, value])),
  )

  it.each([
    ['light', 0],
    ['dark', 1],
  ] as const)('texts have enough contrast: %s', (_name, scheme) => {
    const colour = (name: string): string => schemes[scheme]?.get(name) ?? 'missing'
    const pairs = [
      ...['ink', 'soft', 'warn', 'good'].flatMap((ink) => ['paper', 'card'].map((paper) => [ink, paper])),
      ['on', 'accent'],
      ['ink', 'glow'],
      ['warn', 'glow'],
      ['ink', 'tint'],
    ]
    expect(schemes).toHaveLength(2)
    for (const [ink = '', paper = ''] of pairs) {
      expect(`${ink} on ${paper} ${contrast(colour(ink), colour(paper)) >= 4.5}`).toBe(`${ink} on ${paper} true`)
    }
  })
})
