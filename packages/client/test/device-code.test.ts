import { expect, it } from 'vitest'
import { getDeviceCode, poll } from '../src/index.ts'
import { FakeClock } from '../src/testing/index.ts'
import { codes, issuer, pending, refreshed, scripted, tokens } from './fixtures.ts'

it('getDeviceCode, then poll, signs in', async () => {
  const clock = new FakeClock()
  const server = scripted(clock, { polls: [pending, tokens], refreshes: [refreshed] })
  const options = {
    clientId: 'tv',
    deviceAuthorizationEndpoint: `${issuer}/device_authorization`,
    tokenEndpoint: `${issuer}/token`,
    fetch: server.fetch,
    clock,
  }
  const code = await getDeviceCode(issuer, options)
  expect(code).toMatchObject({ ok: true, uri: codes.verification_uri, interval: 5 })
  if (!code.ok) return
  await clock.advance(3)
  expect(await clock.until(poll(issuer, code, options))).toMatchObject({ ok: true, accessToken: 'at-secret' })
  expect(server.polls.map(({ at }) => at - server.codes[0]!.at)).toEqual([5100, 10_200])
})

it('poll with a device code and an interval alone', async () => {
  const clock = new FakeClock()
  const server = scripted(clock, { polls: [pending, tokens] })
  const options = { clientId: 'tv', clientSecret: 's', tokenEndpoint: `${issuer}/token`, fetch: server.fetch, clock }
  const endpoints = { deviceAuthorizationEndpoint: `${issuer}/device_authorization` }
  const startedAt = clock.now()
  expect(await clock.until(poll(issuer, 'dc', 3, { ...options, ...endpoints }))).toMatchObject({ ok: true })
  expect(server.polls.map(({ at }) => at - startedAt)).toEqual([3100, 6200])
  expect(server.polls[0]?.headers.get('authorization')).toBe(`Basic ${btoa('tv:s')}`)
})
