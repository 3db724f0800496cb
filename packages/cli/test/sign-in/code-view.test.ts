import { describe, expect, it } from 'vitest'
import { type Codes, grouped, showCodes } from '../../src/sign-in/code-view.ts'
import { Screen } from '../../src/terminal/screen.ts'
import { type FakeOutput, fakeOutput, fakeTerminal } from '../fake-surroundings.ts'

const verificationUri = 'https://example.com/oauth/device'
const codes: Codes = {
  userCode: 'BCDF-GHJK',
  verificationUri,
  verificationUriComplete: `${verificationUri}?user_code=BCDF-GHJK`,
  expiresAt: 600_000,
}
const env = { LANG: 'C.UTF-8', NO_COLOR: '1' }

async function shown(output: FakeOutput, qr?: boolean, more: Record<string, string> = {}): Promise<readonly string[]> {
  await showCodes(codes, new Screen(output, { env: { ...env, ...more }, platform: 'linux' }), qr)
  return output.text.replace(/\n$/, '').split('\n')
}

const hasQr = (lines: readonly string[]): boolean => lines.some((line) => line.startsWith('████'))

describe('showCodes', () => {
  it('80x24: the whole QR code beside the text, with a free line below', async () => {
    const lines = await shown(fakeTerminal(80, 24))
    expect(hasQr(lines)).toBe(true)
    expect(lines.length).toBeLessThan(24)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80)
    const text = lines.map((line) => line.replace(/^[█▀▄ ]+/, '')).filter((line) => line !== '')
    expect(text).toEqual(['Scan this with your phone, or open', verificationUri, 'and enter the code', 'BCDF-GHJK'])
  })

  it('narrow and high: the QR code above the text, which may wrap', async () => {
    const lines = await shown(fakeTerminal(40, 40))
    expect(hasQr(lines)).toBe(true)
    expect(lines.slice(-4)).toEqual([`Open ${verificationUri} and enter the code`, '', '      BCDF-GHJK', ''])
  })

  it.each([
    ['too low', fakeTerminal(40, 20), undefined, {}],
    ['too narrow', fakeTerminal(30, 60), undefined, {}],
    ['a pipe', fakeOutput(), undefined, {}],
    ['a dumb terminal', fakeTerminal(80, 60), undefined, { TERM: 'dumb' }],
    ['no Unicode', fakeTerminal(80, 60), undefined, { LANG: 'C' }],
    ['--no-qr', fakeTerminal(80, 60), false, {}],
  ] as const)('no QR code: %s', async (_name, output, qr, more) => {
    expect(await shown(output, qr, more)).toEqual([
      `Open ${verificationUri} and enter the code`,
      '',
      '      BCDF-GHJK',
      '',
    ])
  })

  it('--qr always shows the QR code', async () => {
    expect(hasQr(await shown(fakeOutput(), true))).toBe(true)
    expect(hasQr(await shown(fakeTerminal(30, 10), true))).toBe(true)
  })

  it('with colours: white on black in every theme', async () => {
    const lines = await shown(fakeTerminal(80, 24), undefined, { NO_COLOR: '' })
    expect(lines[0]?.replace(/█+/, 'QR').trimEnd()).toBe('\x1b[97;40mQR\x1b[0m')
    expect(lines.join('')).toContain('\x1b[1mBCDF-GHJK\x1b[0m')
  })
})

it('grouped splits long codes without separators', () => {
  expect(['WDJBMJHT', 'HJPM3NL2X', '123456789', 'BCDF-GHJK', 'ABC123'].map(grouped)).toEqual([
    'WDJB MJHT',
    'HJP M3N L2X',
    '123 456 789',
    'BCDF-GHJK',
    'ABC123',
  ])
})
