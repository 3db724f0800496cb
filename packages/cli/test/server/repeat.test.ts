import { discover, type Failure } from '@device-auth/client'
import { expect, it } from 'vitest'
import { repeat } from '../../src/server/repeat.ts'

/** A failure as the client makes it. */
async function failureOf(status: number): Promise<Failure> {
  const result = await discover('https://example.com', { fetch: async () => new Response('', { status }) })
  if (result.ok) throw new Error('The metadata were found.')
  return result
}

/** Repeats a request with these results; returns the last one, and the pauses between them. */
async function run(results: readonly ({ ok: true } | Failure)[], signal?: AbortSignal) {
  const left = [...results]
  const pauses: number[] = []
  const result = await repeat(
    async () => left.shift() ?? { ok: true },
    { maxAttempts: 3, signal },
    async (milliseconds) => void pauses.push(milliseconds),
  )
  return { result, pauses }
}

it('a request that fails for a while is sent again, at most 3 times in all', async () => {
  const unavailable = await failureOf(502)
  expect(await run([unavailable, unavailable])).toEqual({ result: { ok: true }, pauses: [1000, 2000] })
  expect(await run([unavailable, unavailable, unavailable])).toEqual({ result: unavailable, pauses: [1000, 2000] })
})

it('the pause is as long as the server asks for, and a long one is left to the user', async () => {
  const limited = (retryAfter: number): Failure => ({
    ok: false,
    error: 'slow_down',
    message: 'Slow down',
    retryable: true,
    retryAfter,
  })
  expect(await run([limited(7), limited(0)])).toEqual({ result: { ok: true }, pauses: [7000, 2000] })
  expect(await run([limited(60)])).toEqual({ result: limited(60), pauses: [] })
})

it('a refusal is final, and so is an abort', async () => {
  const [notFound, unavailable] = [await failureOf(404), await failureOf(502)]
  expect(await run([notFound])).toEqual({ result: notFound, pauses: [] })
  expect(await run([unavailable], AbortSignal.abort())).toEqual({ result: unavailable, pauses: [] })
})
