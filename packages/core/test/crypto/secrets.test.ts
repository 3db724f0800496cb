import { expect, it } from 'vitest'
import { hashSecret, secretsEqual } from '../../src/crypto/secrets.ts'

it('compares secrets of all lengths', () => {
  expect(secretsEqual('one', 'one')).toBe(true)
  expect(secretsEqual('', '')).toBe(true)
  for (const other of ['two', 'one ', 'One', '']) expect(secretsEqual('one', other), other).toBe(false)
})

it.each([undefined, null, 1, {}, Buffer.from('one')])('says that %o is no secret', (wrong) => {
  const call = (method: (...given: string[]) => unknown, ...given: unknown[]) => Reflect.apply(method, undefined, given)
  expect(() => call(hashSecret, wrong)).toThrow('hashSecret() needs a string as its first argument.')
  expect(() => call(secretsEqual, wrong, 'one')).toThrow('secretsEqual() needs a string as its first argument.')
  expect(() => call(secretsEqual, 'one', wrong)).toThrow('secretsEqual() needs a string as its second argument.')
})
