import { type DeviceAuth, deviceClient } from '@device-auth/core'
import type { Context } from 'koa'
import { expect, expectTypeOf, it } from 'vitest'
import { createDeviceAuth, deviceAuthMiddleware, metadataMiddleware, requireToken } from '../src/index.ts'

const options = { issuer: 'https://example.com/oauth', clients: [deviceClient({ client_id: 'tv' })] }

it('createDeviceAuth of the Koa adapter types the native request of hooks', () => {
  const deviceAuth = createDeviceAuth({
    ...options,
    hooks: {
      authenticateUser({ native }) {
        expectTypeOf(native).toEqualTypeOf<Context>()
        return { subject: native.ip }
      },
    },
  })
  expectTypeOf(deviceAuth).toEqualTypeOf<DeviceAuth<Context>>()
  const anyServer: DeviceAuth = deviceAuth
  const parts = [deviceAuthMiddleware(anyServer), metadataMiddleware(anyServer), requireToken(anyServer)]
  expect(parts.map((part) => typeof part)).toEqual(['function', 'function', 'function'])
})
