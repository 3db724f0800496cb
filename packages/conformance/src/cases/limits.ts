import { type ConformanceCase, type ConformanceContext, conformanceCase } from '../case.ts'
import { client, encodeForm } from '../client.ts'
import { advanceIfPossible, requestDevice, startDevice } from '../device.ts'
import { check, expectError, expectInvalidClient } from '../expect.ts'
import type { HttpResponse } from '../http.ts'
import { follow, openConfirm, typeCode, visit } from '../page.ts'
import { readDecision } from '../page-forms.ts'

/** Wrong attempts in an hour. A server should allow fewer. */
const TOO_MANY = 40
const wrongCode = (index: number): string =>
  `BCDF-GH${'BCDFGHJKLMNPQRSTVWXZ'[Math.floor(index / 20)] ?? 'B'}${'BCDFGHJKLMNPQRSTVWXZ'[index % 20] ?? 'B'}`

function expectRetryAfter(response: HttpResponse): void {
  const value = response.headers.get('retry-after') ?? ''
  check(/^\d+$/.test(value), `Retry-After in seconds, not '${value}'`, response)
}

/** Enters wrong user codes until the server answers 429. Returns that answer, and fails if it never comes. */
async function guessUserCodes(attempt: (code: string, index: number) => Promise<HttpResponse>): Promise<HttpResponse> {
  let response: HttpResponse | undefined
  for (let index = 0; index < TOO_MANY; index++) {
    response = await attempt(wrongCode(index), index)
    if (response.status === 429) return response
  }
  check(false, `429 within ${TOO_MANY} wrong user codes`, response)
  throw new Error('unreachable')
}

/** Runs between two hours in which nothing happens, if there is a clock, so that limits are empty before and after. */
async function betweenQuietHours(t: ConformanceContext, run: () => Promise<void>): Promise<void> {
  await advanceIfPossible(t, 3601)
  try {
    await run()
  } finally {
    await advanceIfPossible(t, 3601)
  }
}

async function expectGuessingLimited(t: ConformanceContext): Promise<void> {
  await betweenQuietHours(t, async () => {
    const device = await startDevice(t)
    const limited = await guessUserCodes((code) => typeCode(t, device, code))
    expectRetryAfter(limited)
    const fresh = await startDevice(t)
    const right = await typeCode(t, fresh)
    check(right.status === 429 || readDecision(right) === undefined, 'no confirm page while limited', right)
  })
}

/** The cases about limits. They come last, because they use the limits of the server up. */
export const limitCases: readonly ConformanceCase[] = [
  conformanceCase('8628-5.1-1', 'note', 'guessing user codes is limited', ['page'], expectGuessingLimited),
  conformanceCase(
    'F-30',
    'own',
    'codes typed in the form and codes in the URL count against one limit',
    ['page', 'device-auth'],
    async (t) => {
      await betweenQuietHours(t, async () => {
        const device = await startDevice(t)
        let count = 0
        await guessUserCodes(async (code, index) => {
          count++
          if (index % 2 === 0) return typeCode(t, device, code)
          return follow(t, await visit(t, `${device.verification_uri}?${encodeForm({ user_code: code })}`))
        })
        check(count <= 11, `429 after 10 wrong codes in both ways together, not after ${count}`)
      })
    },
  ),
  conformanceCase(
    'F-31',
    'own',
    'a correct code between wrong ones does not reset the limit',
    ['page', 'device-auth'],
    async (t) => {
      await betweenQuietHours(t, async () => {
        let count = 0
        await guessUserCodes(async (code) => {
          count++
          if (count % 4 === 0) await openConfirm(t, await startDevice(t))
          return typeCode(t, await startDevice(t), code)
        })
        check(count <= 11, `429 after 10 wrong codes, not after ${count}`)
      })
    },
  ),
  conformanceCase(
    'F-32',
    'own',
    'a forged IP address in a header does not reset the limit',
    ['page', 'device-auth'],
    async (t) => {
      await betweenQuietHours(t, async () => {
        const device = await startDevice(t)
        await guessUserCodes(async (code, index) => {
          const headers = {
            'X-Forwarded-For': `203.0.113.${index}`,
            Forwarded: `for=203.0.113.${index}`,
            'X-Real-IP': `203.0.113.${index}`,
          }
          return follow(t, await visit(t, `${device.verification_uri}?${encodeForm({ user_code: code })}`, { headers }))
        })
      })
    },
  ),
  conformanceCase(
    '6749-2.3.1-6',
    'own',
    'guessing a client secret is limited, and other clients are not affected',
    ['expendable'],
    async (t) => {
      await betweenQuietHours(t, async () => {
        const who = client(t, 'expendable')
        let limited: HttpResponse | undefined
        for (let i = 0; i < TOO_MANY && limited === undefined; i++) {
          const response = await requestDevice(t, { ...who, client_secret: `conformance-wrong-${i}` })
          if (response.status === 429) limited = response
          else expectInvalidClient(response)
        }
        check(limited !== undefined, `429 within ${TOO_MANY} wrong secrets`)
        expectRetryAfter(limited)
        await startDevice(t)
      })
    },
  ),
  conformanceCase(
    '9110-10.2.3',
    'own',
    '429 is an error response and has a Retry-After header',
    ['expendable', 'device-auth'],
    async (t) => {
      await betweenQuietHours(t, async () => {
        const who = { ...client(t, 'expendable'), client_secret: 'conformance-wrong' }
        let response = await requestDevice(t, who)
        for (let i = 0; i < TOO_MANY && response.status !== 429; i++) response = await requestDevice(t, who)
        expectError(response, ['temporarily_unavailable', 'invalid_client', 'slow_down', 'invalid_request'], 429)
        expectRetryAfter(response)
      })
    },
  ),
]
