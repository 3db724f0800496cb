import { expect, it } from 'vitest'
import { opaqueTokens } from '../../src/tokens/access-token.ts'

const make = (...given: readonly unknown[]) => Reflect.apply(opaqueTokens, undefined, given)

it.each([
  [{ expiresin: 60 }, 'opaqueTokens: option `expiresin` is unknown; did you mean `expiresIn`?'],
  [{ expiresIn: '60' }, 'option `expiresIn` is "60"; expected a whole number of seconds from 1 to 315360000.'],
  [{ expiresIn: 0 }, 'option `expiresIn` is 0; expected'],
  [60, 'opaqueTokens needs an object of options, not 60.'],
])('refuses %j', (options, message) => {
  expect(() => make(options)).toThrow(message)
})

it('has 3600 seconds for an option that is not given or null', () => {
  for (const options of [undefined, null, {}, { expiresIn: null }]) expect(make(options).expiresIn).toBe(3600)
  expect(make({ expiresIn: 60 }).expiresIn).toBe(60)
})
