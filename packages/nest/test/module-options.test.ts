import { createDeviceAuth } from '@device-auth/core'
import { describe, expect, it } from 'vitest'
import { Audience, DeviceToken, Scopes } from '../src/guard.ts'
import { DeviceAuthModule } from '../src/module.ts'
import { options } from './running.ts'

/** Calls a function as a JavaScript user may, with arguments that its types refuse. */
function call(owner: unknown, work: (...given: never[]) => unknown, ...given: readonly unknown[]): () => unknown {
  return () => Reflect.apply(work, owner, given)
}

const deviceAuth = createDeviceAuth(options)
const useFactory = () => options

describe('forRoot', () => {
  it.each([
    [undefined, 'DeviceAuthModule.forRoot needs an object of options, with at least issuer and clients.'],
    ['https://example.com', 'DeviceAuthModule.forRoot needs an object of options'],
    [{ deviceAuth: undefined }, 'DeviceAuthModule.forRoot needs the object that createDeviceAuth returned'],
    [{ deviceAuth: options }, 'DeviceAuthModule.forRoot needs the object that createDeviceAuth returned'],
    [{ deviceAuth, isglobal: true }, 'option `isglobal` is unknown; did you mean `isGlobal`?'],
    [{ deviceAuth, issuer: 'https://example.com' }, 'option `issuer` is unknown'],
    [{ ...options, path: 5 }, 'option `path` is 5; expected a path such as'],
    [{ ...options, isGlobal: 'yes' }, 'option `isGlobal` is "yes"; expected true or false'],
    [{ ...options, decorators: 'Public' }, 'expected a list of class decorators'],
    [{ ...options, imports: {} }, 'option `imports` is an object with no members; expected a list'],
    [{ ...options, hooks: 5 }, 'option `hooks` is 5; expected an object, or an injectable class'],
  ])('refuses %o', (given, message) => {
    expect(call(DeviceAuthModule, DeviceAuthModule.forRoot, given)).toThrow(TypeError)
    expect(call(DeviceAuthModule, DeviceAuthModule.forRoot, given)).toThrow(message)
  })

  it('takes null as not given', () => {
    const given = { ...options, path: null, isGlobal: null, decorators: null, imports: null, hooks: null, pages: null }
    expect(call(DeviceAuthModule, DeviceAuthModule.forRoot, given)()).toMatchObject({ global: false, imports: [] })
  })
})

describe('forRootAsync', () => {
  it.each([
    [undefined, 'DeviceAuthModule.forRootAsync needs one of useFactory, useClass and useExisting, not none.'],
    [{ ...options }, 'DeviceAuthModule.forRootAsync: option `issuer` is unknown'],
    [{ useFactory, useClass: class {} }, 'expected a class with the method createDeviceAuthOptions'],
    [{ useFactory, useExisting: 'CONFIG' }, 'not useFactory and useExisting.'],
    [{ useFactory: options }, 'option `useFactory` is an object with'],
    [{ usefactory: useFactory }, 'option `usefactory` is unknown; did you mean `useFactory`?'],
    [{ useFactory, inject: 'CONFIG' }, 'option `inject` is "CONFIG"; expected a list'],
  ])('refuses %o', (given, message) => {
    expect(call(DeviceAuthModule, DeviceAuthModule.forRootAsync, given)).toThrow(TypeError)
    expect(call(DeviceAuthModule, DeviceAuthModule.forRootAsync, given)).toThrow(message)
  })
})

describe('decorators', () => {
  it.each([[[]], [[['a', 'b']]], [['a b']], [['']], [[undefined]], [[{ scope: 'a' }]], [['a"']]])(
    'Scopes refuses %j, because it would let tokens through',
    (given) => {
      expect(call(undefined, Scopes, ...given)).toThrow('Scopes() needs scopes, each a string of its own')
    },
  )

  it.each([[[]], [['']], [[['a']]], [[undefined]]])(
    'Audience refuses %j, because it would let tokens through',
    (given) => {
      expect(call(undefined, Audience, ...given)).toThrow('Audience() needs the address of a resource server')
    },
  )

  it('DeviceToken refuses a claim that no token has', () => {
    expect(call(undefined, DeviceToken, 'sub')).toThrow('DeviceToken() has no claim `sub`; expected one of subject,')
    expect(call(undefined, DeviceToken, 'subject')).not.toThrow()
  })
})
