import { type DeviceAuth, deviceClient } from '@device-auth/core'
import fastify, { type FastifyRequest } from 'fastify'
import { expect, expectTypeOf, it } from 'vitest'
import { createDeviceAuth, deviceAuthPlugin, requireToken } from '../src/index.ts'

const options = { issuer: 'https://example.com/oauth', clients: [deviceClient({ client_id: 'tv' })] }

it('createDeviceAuth of the Fastify adapter types the native request of hooks', async () => {
  const deviceAuth = createDeviceAuth({
    ...options,
    hooks: {
      authenticateUser({ native }) {
        expectTypeOf(native).toEqualTypeOf<FastifyRequest>()
        return { subject: native.ip }
      },
    },
  })
  expectTypeOf(deviceAuth).toEqualTypeOf<DeviceAuth<FastifyRequest>>()
  const anyServer: DeviceAuth = deviceAuth
  const app = fastify()
  await app.register(deviceAuthPlugin, { prefix: '/oauth', deviceAuth: anyServer })
  expect(app.deviceAuth).toBe(deviceAuth)
  expect(requireToken(anyServer)).toBeTypeOf('function')
})
