import { createDeviceAuth, type DeviceAuth, deviceClient, type OAuthRequest } from '@device-auth/core'
import { expect, expectTypeOf, it } from 'vitest'
import { DeviceAuthModule } from '../src/index.ts'

interface PlatformRequest {
  readonly account: string
}
const options = { issuer: 'https://example.com/oauth', clients: [deviceClient({ client_id: 'tv' })] }

it('forRoot and forRootAsync type the native request of hooks', () => {
  const root = DeviceAuthModule.forRoot<PlatformRequest>({
    ...options,
    hooks: {
      authenticateUser({ native }) {
        expectTypeOf(native).toEqualTypeOf<PlatformRequest>()
        return { subject: native.account }
      },
    },
  })
  const loginUrl = (_: string, { native }: OAuthRequest<PlatformRequest>): string => `/login?of=${native.account}`
  const later = DeviceAuthModule.forRootAsync<PlatformRequest>({ useFactory: () => ({ ...options, loginUrl }) })
  const deviceAuth: DeviceAuth<PlatformRequest> = createDeviceAuth({ ...options, loginUrl })
  const existing = DeviceAuthModule.forRoot({ deviceAuth })
  expect([root, later, existing].map(({ module }) => module)).toEqual(Array(3).fill(DeviceAuthModule))
})
