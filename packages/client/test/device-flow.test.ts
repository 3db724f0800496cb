import { expect, it } from 'vitest'
import { DeviceFlow } from '../src/index.ts'
import { FakeClock, settle } from '../src/testing/index.ts'
import { answered, codes, issuer, pending } from './fixtures.ts'
import { scene, tokensWith } from './flow/scene.ts'

it('an error of a listener does not end the sign-in', async () => {
  const { clock, flow } = scene({ polls: [pending, tokensWith({})] })
  const uncaught: unknown[] = []
  const previous = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => uncaught.push(error))
  flow.on('poll', () => {
    throw new Error('mine')
  })
  expect(await clock.until(flow.run())).toMatchObject({ ok: true })
  await settle()
  process.removeAllListeners('uncaughtException')
  for (const listener of previous) process.on('uncaughtException', listener)
  expect(uncaught).toHaveLength(2)
})

it('2,000 flows in one process keep their pace, with one timer each', async () => {
  const clock = new FakeClock()
  let polls = 0
  const fetch = async (url: string): Promise<Response> => {
    if (url.endsWith('/device_authorization')) return answered(codes)
    polls += 1
    return answered({ error: 'authorization_pending' }, 400)
  }
  const endpoints = { deviceAuthorizationEndpoint: `${issuer}/device_authorization`, tokenEndpoint: `${issuer}/token` }
  const flows = Array.from({ length: 2000 }, () => new DeviceFlow({ ...endpoints, clientId: 'tv', clock, fetch }))
  await Promise.all(flows.map((flow) => flow.grant()))
  for (const rounds of [1, 2]) {
    await clock.advance(5.1)
    expect({ polls, timers: clock.timers }).toEqual({ polls: rounds * 2000, timers: 2000 })
  }
  for (const flow of flows) flow.close()
  await settle()
  expect(clock.timers).toBe(0)
})
