import { describe, expect, it } from 'vitest'
import { nativeUser } from '../../src/hooks/native-user.ts'

describe('the user on the framework’s request', () => {
  it.each([
    [{ id: 'alice' }, { subject: 'alice', username: 'alice' }],
    [{ id: 5 }, { subject: '5', username: '5' }],
    [{ id: 0 }, { subject: '0', username: '0' }],
    [{ id: 9007199254740993n }, { subject: '9007199254740993', username: '9007199254740993' }],
    [
      { sub: 'a', id: 'b', name: 'Alice' },
      { subject: 'a', username: 'Alice' },
    ],
    [
      { sub: null, id: 'b', name: '', email: 'a@example.com' },
      { subject: 'b', username: 'a@example.com' },
    ],
    [
      { id: 'a', displayName: 'Al', username: 'al' },
      { subject: 'a', username: 'Al' },
    ],
  ])('%s is %j', (user, expected) => {
    expect(nativeUser({ user })).toEqual(expected)
  })

  it('is also read from ctx.state, as Koa has it', () => {
    expect(nativeUser({ state: { user: { id: 'alice' } } })).toEqual({ subject: 'alice', username: 'alice' })
    expect(nativeUser({ state: {} })).toBeUndefined()
  })

  it.each([undefined, null, false])('%s means that nobody is signed in', (user) => {
    expect(nativeUser({ user })).toBeUndefined()
  })

  it.each([undefined, null, 'request', 5])('%s is not a request with a user', (native) => {
    expect(nativeUser(native)).toBeUndefined()
  })

  it.each([{}, { id: '' }, { id: null }, { id: Number.NaN }, { id: {} }, { sub: '' }, 'alice', true])(
    '%j has no id: an error, and never one account for all',
    (user) => {
      expect(() => nativeUser({ user })).toThrow(/neither `sub` nor `id`.*`authenticateUser`/)
    },
  )

  it('has the session, if there is one', () => {
    expect(nativeUser({ user: { id: 'a' }, sessionID: 's' })).toHaveProperty('session', 's')
    expect(nativeUser({ user: { id: 'a' }, sessionID: 5 })).not.toHaveProperty('session')
  })
})
