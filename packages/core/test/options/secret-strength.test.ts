import { createHash, randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { isPatterned, warnOfWeakSecret } from '../../src/options/secret-strength.ts'
import { deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { issuer } from '../server.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

function warnings(work: () => unknown): string[] {
  const emitted: string[] = []
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void emitted.push(String(warning)))
  work()
  return emitted
}

describe('a secret with a pattern', () => {
  it.each([
    'a'.repeat(32),
    'ab'.repeat(16),
    '0123456789abcdef'.repeat(2),
    'change me '.repeat(4),
    'abcdefghijabcdefghijabcdefghijabc',
    `${'0'.repeat(30)}1234`,
  ])('%s is refused as `secret` in production, with the command that makes one', (secret) => {
    vi.stubEnv('NODE_ENV', 'production')
    const random = randomBytes(32).toString('base64url')
    for (const given of [secret, [secret, random], [random, secret]] as const) {
      const create = () => createDeviceAuth({ issuer, clients: [], secret: given })
      expect(create).toThrow(/`secret` is not random.*Make another: node -p "crypto\.randomBytes\(32\)/)
      expect(create).not.toThrow(secret)
    }
    expect(() => createDeviceAuth({ issuer, clients: [], secret: random })).not.toThrow()
  })

  it('is warned of once where the application is developed', () => {
    const emitted = warnings(() => {
      for (const secret of ['a'.repeat(32), 'b'.repeat(40)]) createDeviceAuth({ issuer, clients: [], secret })
    })
    expect(emitted).toEqual([expect.stringMatching(/`secret` has a pattern.*production\. Make another: node -p/)])
  })

  it('is never one that was drawn at random', () => {
    for (let count = 0; count < 2000; count++) {
      // hashes, which are the same in each run: one in 30 million of such hexadecimal secrets has a pattern by chance
      const drawn = createHash('sha256').update(`${count}`).digest()
      expect(isPatterned(drawn.toString('hex', 0, 16))).toBe(false)
      expect(isPatterned(drawn.toString('base64url'))).toBe(false)
    }
  })
})

describe('a client secret of less than 128 bits', () => {
  const client = (id: string, client_secret: string) => deviceClient({ client_id: id, client_secret })

  it.each([
    ['hunter2', true],
    ['0123456789'.repeat(3), true],
    ['a'.repeat(64), true],
    ['correcthorsebatterystap', true],
    ['5f4dcc3b5aa765d61d8327deb882cf9', true],
    ['5f4dcc3b5aa765d61d8327deb882cf99', false],
    ['Zq3vT8mK1xW6rB0nY5cH9d', false],
  ])('%s is warned of: %s', (secret, isWeak) => {
    const emitted = warnings(() => warnOfWeakSecret(client(`weak ${secret}`, secret)))
    expect(emitted.map((text) => text.includes('less than 128 random bits'))).toEqual(isWeak ? [true] : [])
    expect(emitted.join()).not.toContain(`: ${secret}`)
  })

  it('is warned of once, and not if the application verifies secrets itself', () => {
    const given = { issuer, clients: [client('weak', 'hunter2')] }
    const hooks = { verifyClientSecret: () => true }
    expect(warnings(() => createDeviceAuth({ ...given, hooks }))).toEqual([])
    expect(warnings(() => [createDeviceAuth(given), createDeviceAuth(given)])).toHaveLength(1)
  })
})
