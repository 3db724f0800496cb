import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, postAs } from '../client.ts'
import {
  advanceIfPossible,
  approve,
  poll,
  pollNow,
  refresh,
  signIn,
  signInWithRefreshToken,
  startDevice,
  wait,
} from '../device.ts'
import { check, expectError, expectRefusal, expectTokens, type Tokens } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { parseObject } from '../json.ts'
import { skip } from '../target.ts'
import { introspect } from './introspect.ts'

const inParallel = <T>(count: number, send: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, send))

/** The tokens among the answers. Fails if another answer is no refusal; `device-auth` demands one of these errors. */
function tokensAmong(responses: readonly HttpResponse[], errors: readonly string[]): readonly Tokens[] {
  const tokens: Tokens[] = []
  for (const response of responses) {
    if (response.status === 200) tokens.push(expectTokens(response))
    else expectRefusal(response, errors)
  }
  return tokens
}

const countDistinct = (tokens: readonly Tokens[], name: 'access_token' | 'refresh_token'): number =>
  new Set(tokens.map((one) => one[name])).size

/** Redeems a code 50 times in parallel. Only one token family may come out, and it has to work. */
async function expectOneFamily(t: ConformanceContext): Promise<void> {
  for (let round = 0; round < 5; round++) {
    const device = await startDevice(t)
    await approve(t, device)
    // slow_down is allowed for a flood of polls, as long as one of them gets the tokens
    const answers = await inParallel(50, () => pollNow(t, device))
    const tokens = tokensAmong(answers, ['invalid_grant', 'slow_down'])
    const families = countDistinct(tokens, 'access_token')
    check(
      families === 1,
      `one token family from 50 parallel polls of one approved code, not ${families} (round ${round + 1})`,
      families === 0 ? answers[0] : undefined,
    )
    check(countDistinct(tokens, 'refresh_token') === 1, 'one refresh token')
    const [first] = tokens
    if (first?.refresh_token !== undefined) expectTokens(await refresh(t, device.client, first.refresh_token))
  }
}

export const faultRaceCases: readonly ConformanceCase[] = [
  conformanceCase(
    'F-01',
    'own',
    '50 parallel redemptions of one code give one token family, and its tokens work',
    [],
    expectOneFamily,
  ),
  conformanceCase('F-06', 'own', 'polls during an approval do not undo the approval', [], async (t) => {
    for (let round = 0; round < 5; round++) {
      const device = await startDevice(t)
      const [polls] = await Promise.all([inParallel(5, () => pollNow(t, device)), approve(t, device)])
      const early = tokensAmong(polls, ['authorization_pending', 'slow_down', 'invalid_grant'])
      await advanceIfPossible(t, 1)
      if (early.length === 0) expectTokens(await poll(t, device))
    }
  }),
  conformanceCase(
    'F-10',
    'own',
    'of five parallel polls of a pending code, at most one gets authorization_pending',
    ['clock', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      const answers = await inParallel(5, () => pollNow(t, device))
      tokensAmong(answers, ['authorization_pending', 'slow_down'])
      const pending = answers.filter(({ text }) => text.includes('authorization_pending')).length
      check(pending <= 1, `at most one authorization_pending, not ${pending}`)
      // one burst raises the interval only once, not five times
      await wait(t, device.interval + 5)
      expectError(await pollNow(t, device), 'authorization_pending')
    },
  ),
  conformanceCase('F-11', 'own', 'ten refreshes at once with one refresh token give one successor', [], async (t) => {
    const { client: who, refreshToken } = await signInWithRefreshToken(t)
    const tokens = tokensAmong(await inParallel(10, () => refresh(t, who, refreshToken)), ['invalid_grant'])
    const successors = countDistinct(tokens, 'refresh_token')
    check(successors === 1 || tokens.length === 0, `one successor, not ${successors}`)
    if (t.strict) check(tokens.length > 0, 'a successor, because one refresh has to succeed')
  }),
  conformanceCase(
    'F-14',
    'own',
    'revoking during a redemption leaves no valid token',
    ['revocation', 'introspection', 'resourceServer', 'device-auth'],
    async (t) => {
      const device = await startDevice(t)
      await approve(t, device)
      const revoke = (token: string) => postAs(t, device.client, t.endpoints.revocation ?? '', { token })
      const [redeemed] = await Promise.all([pollNow(t, device), revoke(device.device_code)])
      if (redeemed.status !== 200)
        return void expectError(redeemed, ['invalid_grant', 'access_denied', 'expired_token'])
      const { access_token } = expectTokens(redeemed)
      await revoke(device.device_code)
      await revoke(access_token)
      check((await introspect(t, access_token)).active === false, 'no valid access token')
    },
  ),
  conformanceCase(
    'F-17',
    'own',
    'a lost answer may be repeated with the same tokens, but only to the same client',
    [],
    async (t) => {
      const device = await signIn(t)
      const again = await poll(t, device)
      if (t.strict || again.status === 200) {
        const tokens = expectTokens(again)
        check(tokens.access_token === device.tokens.access_token, 'the same access token', again)
        check(tokens.refresh_token === device.tokens.refresh_token, 'the same refresh token', again)
      } else expectRefusal(again, 'invalid_grant')
      if (t.target.clients.otherPublic === undefined) throw skip('needs clients.otherPublic')
      expectRefusal(await poll(t, device, client(t, 'otherPublic')), 'invalid_grant')
    },
  ),
  conformanceCase('F-39', 'own', 'a flood of polls is answered and does not change the code', [], async (t) => {
    const device = await startDevice(t)
    for (let round = 0; round < 4; round++) {
      const tokens = tokensAmong(await inParallel(50, () => pollNow(t, device)), ['authorization_pending', 'slow_down'])
      check(tokens.length === 0, 'no tokens before the approval')
    }
    await approve(t, device)
    // a server may answer the rest of a flood from memory for a moment
    await wait(t, 2)
    const response = await pollNow(t, device)
    if (!t.strict && parseObject(response.text)?.error === 'slow_down')
      throw skip('needs a poll after the flood; this server asks the device to wait longer')
    expectTokens(response)
  }),
]
