import { expect, it } from 'vitest'
import { createTestServer } from '../server.ts'

const server = createTestServer()
const { deviceAuth } = server
const { devices } = deviceAuth

/** Calls a method as a JavaScript user may; what it throws at once is a rejection too. */
async function call(owner: object, name: string, given: readonly unknown[]): Promise<unknown> {
  return Reflect.apply(Reflect.get(owner, name), owner, given)
}

it.each<[object, string, unknown[], string]>([
  [deviceAuth, 'approve', [], 'approve() needs { subject }'],
  [deviceAuth, 'approve', ['code', 'alice'], 'approve() needs { subject }'],
  [deviceAuth, 'approve', [undefined, { subject: 'alice' }], 'approve() needs a string as its user code.'],
  [deviceAuth, 'approve', [['a', 'b'], { subject: 'alice' }], 'approve() needs a string as its user code.'],
  [
    deviceAuth,
    'approve',
    ['code', { subject: 'alice', scopes: 'a' }],
    'approve(): option `scopes` is unknown; did you mean `scope`?',
  ],
  [
    deviceAuth,
    'approve',
    ['code', { subject: 'alice', scope: ['a'] }],
    'approve(): option `scope` is an array of 1 element; expected a string.',
  ],
  [
    deviceAuth,
    'approve',
    ['code', { subject: 'alice', username: 5 }],
    'approve(): option `username` is 5; expected a string.',
  ],
  [
    deviceAuth,
    'approve',
    ['code', { subject: 'alice', data: 'workspace' }],
    'approve() gave a wrong `data`: `data` is a string. Give a plain object',
  ],
  [deviceAuth, 'deny', [], 'deny() needs a string as its user code.'],
  [deviceAuth, 'deny', ['code', 'alice'], 'deny() needs an object of options, not "alice".'],
  [deviceAuth, 'deny', ['code', { subject: 5 }], 'deny(): option `subject` is 5; expected a string.'],
  [deviceAuth, 'deny', ['code', { user: 'alice' }], 'deny(): option `user` is unknown'],
  [deviceAuth, 'matchingNumber', [], 'matchingNumber() needs a non-empty string as its id.'],
  [devices, 'list', [], 'devices.list() needs a non-empty string as its subject.'],
  [devices, 'list', [{ subject: 'alice' }], 'devices.list() needs a non-empty string as its subject.'],
  [devices, 'rename', ['alice'], 'devices.rename() needs a non-empty string as its id.'],
  [devices, 'rename', ['alice', 'id'], 'devices.rename() needs a string as its name.'],
  [devices, 'revoke', ['', 'id'], 'devices.revoke() needs a non-empty string as its subject.'],
  [devices, 'revoke', ['alice'], 'devices.revoke() needs a non-empty string as its id.'],
  [devices, 'revokeAll', [''], 'devices.revokeAll() needs a non-empty string as its subject.'],
  [devices, 'revokeBySubject', [], 'devices.revokeBySubject() needs a non-empty string as its subject.'],
  [devices, 'revokeByClient', [null], 'devices.revokeByClient() needs a non-empty string as its clientId.'],
  [devices, 'revokeByRequester', [5], 'devices.revokeByRequester() needs a non-empty string as its address.'],
  [devices, 'revokeLink', [], 'devices.revokeLink() needs a non-empty string as its grant id.'],
])('%o %s of %j names what is missing or wrong', async (owner, name, given, message) => {
  const error = await call(owner, name, given).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(TypeError)
  expect(String(error)).toContain(`Device Auth: ${message}`)
})

it('what a user types is answered, not thrown; null counts as not given', async () => {
  for (const typed of ['', ' ', '<script>', '\0'.repeat(1000)]) {
    expect(await deviceAuth.find(typed)).toBeUndefined()
    expect(await deviceAuth.approve(typed, { subject: 'alice' })).toBe('unknown')
    expect(await call(deviceAuth, 'deny', [typed, null])).toBe('unknown')
  }
  const { user_code: userCode } = await server.start()
  const decision = { subject: 'alice', scope: null, username: null }
  expect(await call(deviceAuth, 'approve', [userCode, decision])).toBe('decided')
})

it.each([undefined, null, 5, {}, []])('authenticate(%j) finds no token', async (token) => {
  const { deviceAuth } = createTestServer()
  expect(await Reflect.apply(deviceAuth.authenticate, undefined, [token])).toBeUndefined()
})
