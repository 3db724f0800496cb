import type { ConformanceContext } from '../case.ts'
import { type ConformanceCase, conformanceCase } from '../case.ts'
import { client } from '../client.ts'
import { approve, deny, poll, pollNow, startDevice, wait } from '../device.ts'
import { check, expectError, expectTokens } from '../expect.ts'
import { type ConformanceClient, skip } from '../target.ts'

/** Fails unless an approved device gets tokens. */
async function expectRedeemed(t: ConformanceContext, who: ConformanceClient): Promise<void> {
  const device = await startDevice(t, who)
  await approve(t, device)
  const tokens = expectTokens(await poll(t, device))
  if (t.strict) check(tokens.scope === (who.scope ?? tokens.scope), `scope '${who.scope}', not '${tokens.scope}'`)
}

/** A pending device that has polled too early once. Skips the case if the server did not answer `slow_down`. */
async function slowedDown(t: ConformanceContext) {
  const device = await startDevice(t)
  expectError(await pollNow(t, device), ['authorization_pending', 'slow_down'])
  const { error } = expectError(await pollNow(t, device), ['authorization_pending', 'slow_down'])
  if (error !== 'slow_down' && !t.strict)
    throw skip('needs slow_down, which the server does not send for an early poll')
  return device
}

export const rfc8628PollingCases: readonly ConformanceCase[] = [
  conformanceCase('8628-3.5-1', 'MUST', 'after the approval a poll is answered with tokens', [], async (t) => {
    await expectRedeemed(t, client(t, 'public'))
  }),
  conformanceCase(
    '8628-3.5-1',
    'MUST',
    'a client with a secret in the body also gets tokens',
    ['confidentialPost'],
    async (t) => {
      await expectRedeemed(t, client(t, 'confidentialPost'))
    },
  ),
  conformanceCase(
    '8628-3.5-2',
    'MUST',
    'the first poll, even at once, is answered with authorization_pending',
    [],
    async (t) => {
      expectError(await poll(t, await startDevice(t)), 'authorization_pending')
    },
  ),
  conformanceCase(
    '8628-3.5-3',
    'note',
    'a poll before its time is answered with slow_down while the code is pending',
    [],
    async (t) => {
      const device = await startDevice(t)
      const start = performance.now()
      expectError(await pollNow(t, device), 'authorization_pending')
      const second = await pollNow(t, device)
      // on a slow machine the second poll may come in time, or so late that a server which allows for the network takes it
      const isEarly = performance.now() - start < device.interval * 500
      const { error, interval } = expectError(second, isEarly ? 'slow_down' : ['slow_down', 'authorization_pending'])
      if (error !== 'slow_down') throw skip('needs two polls within the interval, and they took longer')
      if (t.strict)
        check(
          interval === device.interval + 5,
          `slow_down with interval ${device.interval + 5}, not ${String(interval)}`,
        )
    },
  ),
  conformanceCase('8628-3.5-3', 'MUST', 'an early poll still gets the tokens after an approval', [], async (t) => {
    const device = await startDevice(t)
    await pollNow(t, device)
    await pollNow(t, device)
    await approve(t, device)
    expectTokens(await pollNow(t, device))
  }),
  conformanceCase('8628-3.5-3', 'MUST', 'an early poll still gets access_denied after a denial', [], async (t) => {
    const device = await startDevice(t)
    await pollNow(t, device)
    await pollNow(t, device)
    await deny(t, device)
    expectError(await pollNow(t, device), 'access_denied')
  }),
  conformanceCase('8628-3.5-3', 'MUST', 'an early poll still gets expired_token after expiry', ['clock'], async (t) => {
    const device = await startDevice(t)
    await wait(t, device.expires_in - 1)
    await pollNow(t, device)
    await wait(t, 2)
    expectError(await pollNow(t, device), t.strict ? 'expired_token' : ['expired_token', 'invalid_grant'])
  }),
  conformanceCase(
    '8628-3.5-4',
    'MUST',
    'slow_down adds no more than 5 seconds: a client that then waits so long gets no other slow_down',
    [],
    async (t) => {
      const device = await slowedDown(t)
      for (let i = 0; i < 2; i++) expectError(await poll(t, device), 'authorization_pending')
    },
  ),
  conformanceCase(
    '8628-3.5-4',
    'MUST',
    'slow_down adds 5 seconds, for this and all later polls of the code',
    ['clock', 'device-auth'],
    async (t) => {
      const device = await slowedDown(t)
      await wait(t, device.interval + 1)
      const { interval } = expectError(await pollNow(t, device), 'slow_down')
      check(interval === device.interval + 10, `interval ${device.interval + 10}, not ${String(interval)}`)
      await wait(t, device.interval + 11)
      expectError(await pollNow(t, device), 'authorization_pending')
      await wait(t, device.interval + 1)
      expectError(await pollNow(t, device), 'slow_down')
    },
  ),
  conformanceCase(
    '8628-3.5-4',
    'MUST',
    'the interval has a maximum, so that a fast client is not locked out',
    ['clock', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      await pollNow(t, device)
      for (let i = 0; i < 20; i++) {
        await wait(t, 2)
        expectError(await pollNow(t, device), 'slow_down')
      }
      await wait(t, 60)
      expectError(await pollNow(t, device), 'authorization_pending')
    },
  ),
  conformanceCase(
    '8628-3.5-4',
    'own',
    'a client that polls at its interval never gets slow_down, even if it is a second early',
    ['clock', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      for (let i = 0; i < 10; i++) {
        expectError(await pollNow(t, device), 'authorization_pending')
        await wait(t, device.interval - 1)
      }
    },
  ),
  conformanceCase('8628-3.5-7', 'MUST', 'after a denial every poll is answered with access_denied', [], async (t) => {
    const device = await startDevice(t)
    expectError(await poll(t, device), 'authorization_pending')
    await deny(t, device)
    expectError(await poll(t, device), 'access_denied')
    expectError(await poll(t, device), t.strict ? 'access_denied' : ['access_denied', 'invalid_grant', 'expired_token'])
  }),
  conformanceCase('8628-3.5-8', 'MUST', 'after expiry a poll is answered with expired_token', ['clock'], async (t) => {
    const device = await startDevice(t)
    await wait(t, device.expires_in + 1)
    expectError(await poll(t, device), 'expired_token')
  }),
  conformanceCase(
    '8628-3.5-8',
    'own',
    'an expired code gets expired_token for its lifetime again, even if it was approved',
    ['clock', 'device-auth'],
    async (t) => {
      const pending = await startDevice(t)
      const approved = await startDevice(t)
      await approve(t, approved)
      await wait(t, pending.expires_in + 1)
      for (const device of [pending, approved]) expectError(await poll(t, device), 'expired_token')
      await wait(t, pending.expires_in - 60)
      for (const device of [pending, approved]) expectError(await poll(t, device), 'expired_token')
    },
  ),
  conformanceCase(
    '6585-4',
    'own',
    'a few early polls get slow_down or authorization_pending, never 429',
    [],
    async (t) => {
      const device = await startDevice(t)
      for (let i = 0; i < 5; i++) expectError(await pollNow(t, device), ['authorization_pending', 'slow_down'])
    },
  ),
]
