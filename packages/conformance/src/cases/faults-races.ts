import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, postAs } from '../client.ts'
import { approve, poll, refresh, rest, signIn, signInForLong, startDevice, wait } from '../device.ts'
import { check, expectError, expectTokens, type Tokens } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { skip } from '../target.ts'
import { introspect } from './introspect.ts'

const together = <T>(count: number, send: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, send))

/** The tokens among the answers; every other answer has to be one of these errors. */
function winners(responses: readonly HttpResponse[], errors: readonly string[]): readonly Tokens[] {
  const tokens: Tokens[] = []
  for (const response of responses) {
    if (response.status === 200) tokens.push(expectTokens(response))
    else expectError(response, errors)
  }
  return tokens
}

const distinct = (tokens: readonly Tokens[], name: 'access_token' | 'refresh_token'): number =>
  new Set(tokens.map((one) => one[name])).size

/** 50 parallel redemptions: one token family, and it lives. */
async function expectOneFamily(t: ConformanceContext): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const device = await startDevice(t)
    await approve(t, device)
    // slow_down to a flood that hides nothing is no error here: the tokens are out already
    const tokens = winners(await together(50, () => poll(t, device)), ['invalid_grant', 'slow_down'])
    const families = distinct(tokens, 'access_token')
    check(
      families === 1,
      `one token family from 50 parallel polls of one approved code, not ${families} (round ${round + 1})`,
    )
    check(distinct(tokens, 'refresh_token') === 1, 'one refresh token')
    const [first] = tokens
    if (first?.refresh_token !== undefined) expectTokens(await refresh(t, device.client, first.refresh_token))
  }
}

export const faultRaceCases: readonly ConformanceCase[] = [
  conformanceCase(
    'F-01',
    'own',
    '50 parallel redemptions of one code give one token family, and it lives',
    [],
    expectOneFamily,
  ),
  conformanceCase('F-06', 'own', 'polls during an approval do not undo it', [], async (t) => {
    for (let round = 0; round < 5; round++) {
      const device = await startDevice(t)
      const [polls] = await Promise.all([together(5, () => poll(t, device)), approve(t, device)])
      const early = winners(polls, ['authorization_pending', 'slow_down', 'invalid_grant'])
      await rest(t, 1)
      if (early.length === 0) expectTokens(await poll(t, device))
    }
  }),
  conformanceCase(
    'F-10',
    'own',
    'five parallel polls of a pending code: all answered, and no more than one in time',
    ['clock', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      const answers = await together(5, () => poll(t, device))
      winners(answers, ['authorization_pending', 'slow_down'])
      const pending = answers.filter(({ text }) => text.includes('authorization_pending')).length
      check(pending <= 1, `one authorization_pending at most, not ${pending}`)
      // one burst is one step, not five
      await wait(t, device.interval + 5)
      expectError(await poll(t, device), 'authorization_pending')
    },
  ),
  conformanceCase('F-11', 'own', 'ten refreshes at once with one refresh token: one successor', [], async (t) => {
    const { client: who, refreshToken } = await signInForLong(t)
    const tokens = winners(await together(10, () => refresh(t, who, refreshToken)), ['invalid_grant'])
    const successors = distinct(tokens, 'refresh_token')
    check(successors === 1 || tokens.length === 0, `one successor, not ${successors}`)
    if (t.strict) check(tokens.length > 0, 'a successor')
  }),
  conformanceCase(
    'F-14',
    'own',
    'revoking during a redemption leaves no live token behind',
    ['revocation', 'introspection', 'resourceServer', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      await approve(t, device)
      const revoke = (token: string) => postAs(t, device.client, t.endpoints.revocation ?? '', { token })
      const [redeemed] = await Promise.all([poll(t, device), revoke(device.device_code)])
      if (redeemed.status !== 200)
        return void expectError(redeemed, ['invalid_grant', 'access_denied', 'expired_token'])
      const { access_token } = expectTokens(redeemed)
      await revoke(device.device_code)
      await revoke(access_token)
      check((await introspect(t, access_token)).active === false, 'no live access token')
    },
  ),
  conformanceCase(
    'F-17',
    'own',
    'a lost answer may be given again, the same to the same client, to no other',
    [],
    async (t) => {
      const device = await signIn(t)
      const again = await poll(t, device)
      if (t.strict || again.status === 200) {
        const tokens = expectTokens(again)
        check(tokens.access_token === device.tokens.access_token, 'the same access token', again)
        check(tokens.refresh_token === device.tokens.refresh_token, 'the same refresh token', again)
      } else expectError(again, 'invalid_grant')
      if (t.target.clients.otherPublic === undefined) throw skip('needs clients.otherPublic')
      expectError(await poll(t, device, client(t, 'otherPublic')), 'invalid_grant')
    },
  ),
  conformanceCase(
    'F-39',
    'own',
    'a flood of polls of one code is answered, and leaves the code as it is',
    [],
    async (t) => {
      const device = await startDevice(t)
      for (let round = 0; round < 4; round++) {
        const tokens = winners(await together(50, () => poll(t, device)), ['authorization_pending', 'slow_down'])
        check(tokens.length === 0, 'no tokens before the approval')
      }
      await approve(t, device)
      await rest(t, 2)
      expectTokens(await poll(t, device))
    },
  ),
]
