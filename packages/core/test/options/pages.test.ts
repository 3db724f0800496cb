import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/checks.ts'
import type { PagesOptions } from '../../src/contract/pages/options.ts'
import { deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { issuer } from '../server.ts'

const logo = 'https://cdn.example.com/a,b/logo;v=1.png?x=1'

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
  return 'accepted'
}

describe('the option pages', () => {
  it.each([
    [{ themes: {} }, 'option `pages.themes` is unknown; did you mean `theme`?'],
    [{ clientLogos: 'yes' }, 'option `pages.clientLogos` is "yes"; expected true or false'],
    [{ shortConsent: 1 }, 'option `pages.shortConsent` is 1; expected true or false'],
    [{ messages: 5 }, 'option `pages.messages` is 5'],
    [{ theme: 5 }, 'option `pages.theme` is 5'],
    [{ theme: { acent: '#000000' } }, 'option `pages.theme.acent` is unknown; did you mean `accent`?'],
    [{ theme: { name: '' } }, 'a string of 1 to 60 characters, not only spaces'],
    [{ theme: { name: 'x'.repeat(61) } }, 'a string of 1 to 60 characters, not only spaces'],
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
  ])('%j is accepted', (pages) => {
    expect(() => create(pages)).not.toThrow()
  })

  it('an accent with too little contrast is refused, and the message has the numbers', () => {
    expect(refusal({ theme: { accent: '#ffd400' } })).toMatch(
      /`pages\.theme\.accent` is "#ffd400"; expected .* at least 3:1 to the page background \(#f5f6f8\) of the light scheme; this colour has 1\.3\d*:1/,
    )
    expect(refusal({ theme: { accentDark: '#123456' } })).toMatch(
      /3:1 to the card background \(#181b21\) of the dark scheme.*1\.\d+:1/,
    )
    expect(refusal({ theme: { accent: '#123456', accentDark: '#ffd400' } })).toBe('accepted')
  })
})
