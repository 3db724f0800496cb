import { afterEach, expect, it, vi } from 'vitest'
import { toFetchHandler } from '../../src/adapters/fetch-handler.ts'
import { deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'

const issuer = 'https://example.com/oauth'
const deviceAuth = createDeviceAuth({ issuer, clients: [deviceClient({ client_id: 'tv', scope: 'profile' })] })
const grantType = 'urn:ietf:params:oauth:grant-type:device_code'

/** A request as a server makes it. @param ends the signal ends as soon as the body is read, although the connection is open */
function post(path: string, form: Readonly<Record<string, string>>, ends: boolean): Request {
  const closed = new AbortController()
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(String(new URLSearchParams({ client_id: 'tv', ...form }))))
      controller.close()
      if (ends) setImmediate(() => closed.abort())
    },
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return new Request(issuer + path, { method: 'POST', body, headers, signal: closed.signal, duplex: 'half' })
}

/** Signs one device after the other in, with one handler. @returns the errors of their polls, and the warnings about the signal */
async function signIn(signalEnds: readonly boolean[]) {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const handle = toFetchHandler(deviceAuth, { prefix: '/oauth' })
  const errors: unknown[] = []
  for (const ends of signalEnds) {
    const asked = await handle(post('/device_authorization', {}, ends))
    const codes: { user_code: string; device_code: string } = JSON.parse(await asked.text())
    await deviceAuth.approve(codes.user_code, { subject: 'ada' })
    const poll = await handle(post('/token', { grant_type: grantType, device_code: codes.device_code }, ends))
    const answer: { error?: string } = JSON.parse(await poll.text())
    errors.push(answer.error)
  }
  return { errors, warnings: emit.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('signal')) }
}

afterEach(() => vi.restoreAllMocks())

it('is warned of once, when the signal has ended before each of the first three tokens', async () => {
  const { errors, warnings } = await signIn([true, true, true, true, true, true])
  expect(new Set(errors)).toEqual(new Set(['authorization_pending']))
  expect(warnings).toEqual([expect.stringContaining('new Request(request, { signal })')])
})

it.each([
  ['two devices went away', [true, true]],
  ['a device got tokens, and many went away later', [true, true, false, true, true, true, true]],
])('is not warned of, if %s', async (_, ends) => {
  const { errors, warnings } = await signIn(ends)
  expect(errors).toEqual(ends.map((gone) => (gone ? 'authorization_pending' : undefined)))
  expect(warnings).toEqual([])
})
