import { type DeviceAuth, deviceClient } from '@device-auth/core'
import { scriptedUser } from '@device-auth/core/testing'
import type { Request } from 'express'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { createDeviceAuth, deviceAuthRouter, metadataRouter, requireToken } from '../src/index.ts'

const options = { issuer: 'https://example.com/oauth', clients: [deviceClient({ client_id: 'tv' })] }

describe('createDeviceAuth of the Express adapter', () => {
  it('types the native request of hooks', () => {
    const deviceAuth = createDeviceAuth({
      ...options,
      hooks: {
        authenticateUser({ native }) {
          expectTypeOf(native).toEqualTypeOf<Request>()
          return { subject: native.ip ?? '' }
        },
      },
    })
    expectTypeOf(deviceAuth).toEqualTypeOf<DeviceAuth<Request>>()
    expect(deviceAuth.issuer).toBe(options.issuer)
  })

  it('takes a more exact request of the application', () => {
    interface SignedIn extends Request {
      readonly account: string
    }
    const deviceAuth = createDeviceAuth<SignedIn>({
      ...options,
      hooks: { authenticateUser: ({ native }) => ({ subject: native.account }) },
    })
    expect(deviceAuthRouter(deviceAuth)).toBeTypeOf('function')
    // @ts-expect-error a request of another kind is none of Express
    const other: typeof createDeviceAuth<{ readonly url: string }> = createDeviceAuth
    expect(other).toBe(createDeviceAuth)
  })

  it('returns a server that fits where any server is asked for, and back', () => {
    const anyServer: DeviceAuth = createDeviceAuth(options)
    expect(deviceAuthRouter(anyServer)).toBeTypeOf('function')
    expect(metadataRouter(anyServer)).toBeTypeOf('function')
    expect(requireToken(anyServer)).toBeTypeOf('function')
    expect(requireToken(createDeviceAuth(options))).toBeTypeOf('function')
    expect(scriptedUser(createDeviceAuth(options), { id: 'alice' })).toBeTypeOf('object')
  })

  it('does not fit where the server of another framework is asked for', () => {
    const ofAnother = (deviceAuth: DeviceAuth<{ readonly state: object }>): string => deviceAuth.issuer
    // @ts-expect-error an Express request has no `state`
    expect(ofAnother(createDeviceAuth(options))).toBe(options.issuer)
  })
})
