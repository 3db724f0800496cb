import { expect, it } from 'vitest'
import { authorizationOf } from '../../src/server/authorization.ts'

it('the scheme Bearer has a capital letter', () => {
  expect(authorizationOf({ tokenType: 'bearer', accessToken: 'a' })).toBe('Bearer a')
})

it.each([
  ['\u001b[2J', 'a'],
  ['Bearer\r\nX-Admin: 1', 'a'],
  ['Bearer x', 'a'],
  ['DPoP', 'a'],
  ['mac', 'a'],
  ['N_A', 'a'],
  ['Béarer', 'a'],
  ['', 'a'],
  ['Bearer', 'a\r\nX-Admin: 1'],
  ['Bearer', 'a\u009b5m'],
  ['Bearer', ''],
])('%j %j is not a header', (tokenType, accessToken) => {
  expect(authorizationOf({ tokenType, accessToken })).toBeUndefined()
})
