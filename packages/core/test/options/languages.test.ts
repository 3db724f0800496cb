import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/checks.ts'
import type { Messages } from '../../src/contract/pages/messages.ts'
import type { PagesOptions } from '../../src/contract/pages/options.ts'
import { messages } from '../../src/pages/locales/built-in.ts'
import { deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { issuer } from '../server.ts'

const dutch: Messages = { ...messages.en, language: 'nl', approve: 'Toestaan' }

describe('the options pages.language, pages.languages and pages.messages', () => {
  function refusal(pages: unknown): string {
    try {
      createDeviceAuth({ issuer, clients: [deviceClient({ client_id: 'tv' })], pages: pages as PagesOptions })
    } catch (error) {
      if (error instanceof OptionError) return error.message
      throw error
    }
    return 'accepted'
  }
  const { approve: _, ...withoutApprove } = dutch

  it.each([
    [{ languge: 'de' }, 'option `pages.languge` is unknown; did you mean `language`?'],
    [{ language: 5 }, 'option `pages.language` is 5; expected a language tag'],
    [{ language: 'no such language!' }, "expected a language tag such as 'pt-BR'"],
    [{ language: 'dee' }, 'option `pages.language` is "dee"; expected a known language, such as `de`'],
    [
      { language: 'tlh-Latn' },
      'expected a known language: one of en, de, fr, es, pt, ja, zh, zh-Hant, ar, or all texts of another',
    ],
    [{ language: 'fr', languages: ['de', dutch] }, 'option `pages.language` is "fr"'],
    [{ languages: [] }, 'a list of languages that is not empty'],
    [{ languages: 'de' }, 'a list of languages that is not empty'],
    [{ languages: ['de', 'frr'] }, 'option `pages.languages[1]` is "frr"; expected a known language, such as `fr`'],
    [{ languages: [null] }, 'option `pages.languages[0]` is null; expected the name of a built-in language (en, de'],
    [
      { languages: ['de', 'de'] },
      'option `pages.languages[1]` is "de"; expected a language that is not in the list already',
    ],
    [{ languages: [dutch, dutch] }, 'option `pages.languages[1]` is "nl"'],
    [
      { languages: ['en', withoutApprove] },
      'option `pages.languages[1].approve` is missing; expected a non-empty string',
    ],
    [
      { languages: [{ ...dutch, direction: 'up' }] },
      'option `pages.languages[0].direction` is "up"; expected "ltr" or "rtl"',
    ],
    [{ languages: [{ ...dutch, language: 'nl\r\nx: y' }] }, 'option `pages.languages[0].language`'],
    [{ languages: [{ ...dutch, language: '"><script>' }] }, 'option `pages.languages[0].language`'],
    [{ languages: [{ ...dutch, language: undefined }] }, 'option `pages.languages[0].language` is missing'],
    [
      { languages: [{ ...dutch, notices: { missingCode: 'x' } }] },
      '`pages.languages[0].notices.unknownCode` is missing',
    ],
    [{ languages: [{ ...dutch, devices: undefined }] }, '`pages.languages[0].devices` is missing'],
    [{ messages: { dee: {} } }, 'option `pages.messages.dee` is unknown; did you mean `de`?'],
    [{ messages: { approve: 'Go' } }, 'option `pages.messages.approve`'],
    [{ messages: { de: 'x' } }, 'option `pages.messages.de` is "x"; expected an object'],
    [{ messages: { de: { aprove: 'x' } } }, 'option `pages.messages.de.aprove` is unknown; did you mean `approve`?'],
    [{ messages: { de: { language: 'en' } } }, 'option `pages.messages.de.language`'],
    [{ messages: { de: { approve: '' } } }, 'option `pages.messages.de.approve` is ""; expected a non-empty string'],
    [
      { messages: { de: { approve: () => 'x' } } },
      'option `pages.messages.de.approve` is a function; expected a non-empty string',
    ],
    [{ messages: { de: { notices: null } } }, 'option `pages.messages.de.notices` is null; expected an object'],
    [
      { messages: { de: { errors: { failed: { text: 5 } } } } },
      'option `pages.messages.de.errors.failed.text` is 5; expected a non-empty string',
    ],
    [
      { messages: { de: { errors: { faild: {} } } } },
      'option `pages.messages.de.errors.faild` is unknown; did you mean `failed`?',
    ],
    [
      { messages: { de: { age: 'ago' } } },
      'option `pages.messages.de.age` is "ago"; expected a function that returns a non-empty string',
    ],
    [{ messages: { de: { age: () => 5 } } }, 'a function that returns a non-empty string and does not throw'],
    [
      { messages: { de: { retryAfter: (seconds: string) => seconds.trim() } } },
      'a function that returns a non-empty string and does not throw',
    ],
  ])('%j is refused', (pages, message) => {
    expect(refusal(pages)).toContain(message)
  })

  it.each([
    { language: 'de' },
    { language: undefined, languages: undefined, messages: undefined },
    { languages: ['de', dutch], language: 'nl' },
    { messages: { de: {}, fr: undefined, ar: { notices: {}, approve: undefined } } },
    {
      messages: {
        de: { devices: { since: (date: string) => date.toUpperCase() }, age: (seconds: number) => `${seconds} s` },
      },
    },
  ])('%j is accepted', (pages) => {
    expect(refusal(pages)).toBe('accepted')
  })

  it('a missing or misspelt text is a type error', () => {
    // @ts-expect-error a language needs all its texts
    const incomplete: PagesOptions = { languages: [withoutApprove] }
    // @ts-expect-error no such text
    const misspelt: PagesOptions = { messages: { de: { notices: { missingCod: 'x' } } } }
    // @ts-expect-error single texts can be changed for built-in languages only
    const unknown: PagesOptions = { messages: { nl: { approve: 'Toestaan' } } }
    for (const pages of [incomplete, misspelt, unknown]) expect(refusal(pages)).not.toBe('accepted')
  })
})
