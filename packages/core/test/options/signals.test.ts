import { expect, it } from 'vitest'
import type { DeviceAuthOptions } from '../../src/contract/options.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { clients, issuer } from '../server.ts'

const endSessions = (): void => {}

it.each([
  [{ signals: {} }, 'option `signals` is'],
  [{ signals: { endSessions: 5 } }, 'the function endSessions'],
  [{ signals: { endSessions, verfy: () => undefined } }, 'authenticate, verify and findSubject'],
  [{ signals: { endSessions, verify: 'yes' } }, 'option `signals` is'],
  [{ paths: { globalTokenRevocation: '/gtr' } }, 'option `signals.authenticate` is missing'],
  [{ paths: { globalTokenRevocation: '/gtr' }, signals: { endSessions } }, 'option `signals.authenticate` is missing'],
  [{ paths: { securityEvents: '/events' }, signals: { endSessions } }, '`paths.securityEvents` needs it'],
  [{ paths: { securityEvents: 'events' }, signals: { endSessions, verify: () => undefined } }, 'paths.securityEvents'],
])('%j is refused at construction', (options, expected) => {
  const given: DeviceAuthOptions = Object({ issuer, clients, ...options })
  expect(() => createDeviceAuth(given)).toThrow(expected)
})

it('the functions may be methods of an object of the application', async () => {
  const signals = {
    secret: 'Bearer x',
    authenticate({ headers }: { readonly headers: Readonly<Record<string, unknown>> }) {
      return headers.authorization === this.secret
    },
    endSessions,
  }
  const given: DeviceAuthOptions = {
    issuer,
    clients,
    paths: { globalTokenRevocation: '/gtr' },
    signals: Object.create(signals),
  }
  expect(() => createDeviceAuth(given)).not.toThrow()
})
