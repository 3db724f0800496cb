import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { bundle } from './client-bundle.ts'

const functions = 'requestDeviceAuthorization, pollDeviceToken, refreshTokens, revokeToken, discover'

describe('the size of the client', () => {
  it.each([
    ['the functions', 6_350, `export { ${functions} } from '@device-auth/client'`],
    ['a sign-in with events', 14_650, "export { DeviceFlow } from '@device-auth/client'"],
    ['a sign-in with stored tokens', 14_850, "export { authenticate } from '@device-auth/client'"],
    ['everything, which no application bundles', 18_250, "export * from '@device-auth/client'"],
  ])('%s: at most %d bytes gzipped, without any import of Node', async (name, most, code) => {
    const text = await bundle(`size-of-${name.replaceAll(/\W+/g, '-')}`, code)
    expect(text).toContain('device_code')
    expect(text).not.toMatch(/\bfrom\s*["']|\brequire\(|node:/)
    // proofs and keys of DPoP have an entry point of their own; `privateKeyJwt` signs too
    expect(text).not.toMatch(/dpop\+jwt|generateKey|exportKey|importKey/)
    expect(gzipSync(text).length).toBeLessThanOrEqual(most)
  })
})
