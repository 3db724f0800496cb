// The pages of examples/own-pages for a device that the user has approved before.
import { join } from 'node:path'
import {
  createDeviceAuth,
  DEVICE_CODE_GRANT_TYPE,
  type DeviceAuthHooks,
  deviceClient,
  type KeyBinding,
} from '@device-auth/core'
import { toFetchHandler } from '@device-auth/core/fetch'
import { expect, it } from 'vitest'
import { examples } from './example.ts'

/** A proof of a key that is the thumbprint itself. */
const keyBinding: KeyBinding = {
  method: 'jkt',
  error: 'invalid_dpop_proof',
  metadata: {},
  read: ({ headers: { dpop } }) => (typeof dpop === 'string' ? { thumbprint: dpop } : undefined),
}

it('XD-6.1.7 examples/own-pages has no box for a device that the user has approved before, and says since when', async () => {
  const { OwnPages }: { OwnPages: new () => DeviceAuthHooks } = await import(join(examples, 'own-pages', 'pages.js'))
  const pages = new OwnPages()
  const origin = 'http://localhost:3000'
  const deviceAuth = createDeviceAuth({
    issuer: origin,
    clients: [deviceClient({ client_id: 'tv', scope: 'profile' })],
    scopes: { profile: 'See your name' },
    keyBinding,
    hooks: {
      authenticateUser: () => ({ subject: 'ada' }),
      renderPage: (model, request) => pages.renderPage(model, request),
    },
  })
  const handle = toFetchHandler(deviceAuth)
  const post = async (path: string, form: Record<string, string>): Promise<Record<string, string>> => {
    const init = {
      method: 'POST',
      headers: { dpop: 'k'.repeat(43) },
      body: new URLSearchParams({ client_id: 'tv', ...form }),
    }
    const answer = await handle(new Request(origin + path, init))
    return (await answer?.json()) as Record<string, string>
  }
  const pageOf = async (code: string): Promise<string> => {
    const headers = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    const link = await handle(new Request(`${origin}/device?user_code=${code}`, { headers }))
    const shown = new URL(link?.headers.get('location') ?? '', `${origin}/device`)
    return (await (await handle(new Request(shown, { headers })))?.text()) ?? ''
  }
  const { user_code: first = '', device_code = '' } = await post('/device_authorization', {})
  const unknown = await pageOf(first)
  expect([unknown.includes('name="own_device"'), unknown.includes('You approved this device')]).toEqual([true, false])
  expect(await deviceAuth.approve(first, { subject: 'ada' })).toBe('decided')
  const tokens = await post('/token', { grant_type: DEVICE_CODE_GRANT_TYPE, device_code })
  expect(tokens).toMatchObject({ token_type: 'DPoP' })
  const { user_code: second = '' } = await post('/device_authorization', {})
  const known = await pageOf(second)
  expect(known).toMatch(/<p role="status">You approved this device on .*\d{4}\. <\/p>/)
  expect(known).toContain('value="approve"')
  expect(known).not.toMatch(/own_device|false|undefined/)
})
