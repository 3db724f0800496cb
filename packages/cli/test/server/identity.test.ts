import { expect, it } from 'vitest'
import { displayName } from '../../src/server/identity.ts'

it.each([
  [{ name: 'Ada', email: 'ada@example.com' }, 'Ada'],
  [{ sub: '1', user: { name: 'Ada' } }, '1'],
  [{ user: { login: 'ada' } }, 'ada'],
  [{ ok: true, data: { user: { email: 'ada@example.com' } } }, 'ada@example.com'],
  [{ name: ' ', profile: { nickname: 'ada' } }, 'ada'],
  [{ data: { user: { profile: { name: 'Ada' } } } }, undefined],
  [{ company: { name: 'Acme' } }, undefined],
  [{ data: [{ name: 'Ada' }], user: null }, undefined],
  [{ name: 7 }, undefined],
])('the name in %j is %j', (claims, name) => {
  expect(displayName(claims)).toBe(name)
})
