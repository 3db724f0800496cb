import { describe, expect, it } from 'vitest'
import { checkOptions, isBoolean, isNumberFrom, isText, OptionError } from '../src/checks.ts'

const owner = { name: 'DoorKeeper', reference: 'See the README of the door.' }
const checks = { name: isText, secret: isText, wide: isBoolean, height: isNumberFrom(1, 3, 'metres') }

describe('checkOptions', () => {
  const check =
    (options: unknown, required: readonly string[] = []) =>
    () =>
      checkOptions(owner, options, checks, required)

  it('accepts what fits; undefined and null count as not given', () => {
    expect(check({ name: 'x', wide: false, height: 2 }, ['name'])).not.toThrow()
    expect(check({ name: undefined, wide: null })).not.toThrow()
    expect(check(undefined)).not.toThrow()
    expect(check(null)).not.toThrow()
  })

  it.each([
    [{ nmae: 'x' }, 'DoorKeeper: option `nmae` is unknown; did you mean `name`? See the README of the door.'],
    [{ colour: 'x' }, 'option `colour` is unknown; expected one of name, secret, wide, height.'],
    [{ wide: 'yes' }, 'DoorKeeper: option `wide` is "yes"; expected true or false. See the README of the door.'],
    [{ height: '2' }, 'option `height` is "2"; expected a number of metres from 1 to 3.'],
    [{ name: '' }, 'option `name` is ""; expected a string.'],
    [{ name: [] }, 'option `name` is an empty array; expected a string.'],
    [{ name: ['x'] }, 'option `name` is an array of 1 element; expected a string.'],
    [{ name: ['x', 'y'] }, 'option `name` is an array of 2 elements; expected a string.'],
    [{ toString: 1 }, 'option `toString` is unknown'],
  ])('%j', (options, message) => {
    expect(check(options)).toThrow(OptionError)
    expect(check(options)).toThrow(message)
  })

  it('names what is missing, and what is no object', () => {
    for (const options of [undefined, null, {}, { name: null }, { name: '' }])
      expect(check(options, ['name'])).toThrow(
        'DoorKeeper needs the option `name`, a string. See the README of the door.',
      )
    for (const options of ['x', [], () => {}, 5])
      expect(check(options)).toThrow('DoorKeeper needs an object of options')
  })

  it('shows that a whole number is a BigInt', () => {
    expect(check({ height: 2n })).toThrow('option `height` is 2n; expected a number of metres from 1 to 3.')
  })

  it('shows no secret', () => {
    const options = { secret: ['hunter2'], secrte: 'hunter2' }
    expect(check({ secrte: options.secrte })).not.toThrow('hunter2')
    expect(check({ secret: options.secret })).not.toThrow('hunter2')
  })
})
