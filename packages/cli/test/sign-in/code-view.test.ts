import { encode } from 'uqr'
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
const env = { LANG: 'C.UTF-8' }

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is there to find escape sequences
const withoutStyles = (text: string): string => text.replace(/\u001b\[[\d;]*m/g, '')

async function shown(output: FakeOutput, qr?: boolean, more: Record<string, string> = {}): Promise<readonly string[]> {
  await showCodes(codes, new Screen(output, { env: { ...env, ...more }, platform: 'linux' }), qr)
  return withoutStyles(output.text).replace(/\n$/, '').split('\n')
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
    ['no colours, so that it may be an inverted one', fakeTerminal(80, 60), undefined, { NO_COLOR: '1' }],
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
    expect(hasQr(await shown(fakeTerminal(80, 60), true, { NO_COLOR: '1' }))).toBe(true)
  })

  it('with colours: white on black in every theme', async () => {
    const terminal = fakeTerminal(80, 24)
    await showCodes(codes, new Screen(terminal, { env, platform: 'linux' }), undefined)
    const lines = terminal.text.split('\n')
    expect(lines[0]?.replace(/█+/, 'QR').trimEnd()).toBe('\x1b[97;40mQR\x1b[0m')
    expect(lines.join('')).toContain('\x1b[1mBCDF-GHJK\x1b[0m')
  })
})

it.each([
  ['beside the text', fakeTerminal(80, 24)],
  ['above the text', fakeTerminal(60, 40)],
])('the QR code %s: each module, and a quiet zone of four light ones around', async (_name, terminal) => {
  const { verificationUriComplete = '' } = codes
  const { data, size } = encode(verificationUriComplete, { border: 0 })
  const width = size + 8
  await showCodes(codes, new Screen(terminal, { env, platform: 'linux' }), undefined)
  const drawn = terminal.text.split('\n').filter((line) => line.startsWith('\x1b[97;40m'))
  const rows = drawn.flatMap((line) => {
    const characters = [...withoutStyles(line).slice(0, width)]
    return [characters.map((one) => one !== '█' && one !== '▀'), characters.map((one) => one !== '█' && one !== '▄')]
  })
  const light = Array<boolean>(width).fill(false)
  const zone = Array<boolean>(4).fill(false)
  expect(rows).toEqual([
    ...Array(4).fill(light),
    ...data.map((row) => [...zone, ...row, ...zone]),
    // one more, because each line has two rows
    ...Array(5).fill(light),
  ])
})

it('a host that looks like another one is shown in Punycode', async () => {
  const terminal = fakeOutput()
  const deceiving = { ...codes, verificationUri: 'https://аррӏе.com/device' }
  await showCodes(deceiving, new Screen(terminal, { env, platform: 'linux' }), false)
  expect(terminal.text).toContain('Open https://xn--80ak6aa92e.com/device and')
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
