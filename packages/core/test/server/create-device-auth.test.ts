import { expect, it } from 'vitest'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { MemoryStore } from '../../src/stores/memory/memory-store.ts'
import { clients, issuer } from '../server.ts'

it('F-56 endpoints over a store with a clock of its own read the same kinds of bodies', () => {
  const clock = { now: Date.now, synchronize: () => undefined, offset: 0 }
  for (const store of [new MemoryStore(), Object.assign(new MemoryStore(), { clock })]) {
    const { route } = createDeviceAuth({
      issuer,
      clients,
      store,
      compatibility: ['json'],
      paths: { globalTokenRevocation: '/gtr', securityEvents: '/events' },
      signals: { authenticate: () => true, verify: () => undefined, endSessions: () => undefined },
    })
    expect(route('POST', '/token')?.readsJson).toBe(true)
    expect(route('POST', '/gtr')?.readsText).toBe('application/json')
    expect(route('POST', '/events')?.readsText).toBe('application/secevent+jwt')
  }
})
