import { describe, expect, it } from 'vitest'
import { AuthorizationServer } from '../../src/index.ts'
import { faults, type Step } from '../../src/testing/index.ts'
import { issuer, pending, tokens } from '../fixtures.ts'
import { pollTimes, type Run, start } from './run.ts'

/** A server that holds polls for so many seconds, and then answers as the step says. */
function heldFor(seconds: number, json: object, status = 400, applied = 'wait=25'): Step {
  return async () => {
    await run.clock.advanceLater(seconds)
    return Response.json(json, { status, headers: { 'preference-applied': applied } })
  }
}

const stillPending = { error: 'authorization_pending' }
const token = { access_token: 'at', token_type: 'bearer' }
let run: Run & { clock: { advanceLater(seconds: number): Promise<void> } }

/** Polls a server that may hold them; the steps take the time of the fake clock. */
function begin(steps: readonly Step[], maxWait: number | undefined = 25, timeout?: number): Run {
  const started = start(steps, maxWait === undefined ? {} : { maxWait }, timeout === undefined ? {} : { timeout })
  const { clock } = started
  const advanceLater = (seconds: number): Promise<void> =>
    new Promise((resolve) => void clock.setTimeout(resolve, seconds * 1000))
  run = Object.assign(started, { clock: Object.assign(clock, { advanceLater }) })
  return started
}

const preferences = ({ server }: Run): (string | null)[] => server.sent.map(({ headers }) => headers.get('prefer'))

describe('polls that wait', () => {
  it('8628-3.5-6 a poll that was held for an interval or longer is followed by the next one at once', async () => {
    const polls = begin([heldFor(25, stillPending), heldFor(3, token, 200)])
    expect(await polls.clock.until(polls.result)).toMatchObject({ ok: true })
    expect(preferences(polls)).toEqual(['wait=25', 'wait=25'])
    expect(pollTimes(polls)).toEqual([5.1, 30.1])
  })

  it('8628-3.5-6 a poll that was answered sooner is followed after an interval, whatever its header says', async () => {
    const polls = begin([heldFor(2, stillPending), pending, tokens])
    await polls.clock.until(polls.result)
    expect(pollTimes(polls)).toEqual([5.1, 12.2, 17.3])
  })

  it('8628-3.5-6 a late answer that does not say that the poll was held is followed after an interval', async () => {
    const polls = begin([heldFor(10, stillPending, 400, 'respond-async'), tokens])
    await polls.clock.until(polls.result)
    expect(pollTimes(polls)).toEqual([5.1, 20.2])
  })

  it.each<[string, Step]>([
    ['cuts it with 504', heldFor(20, {}, 504, '')],
    ['resets the connection', faults['connection reset']],
    ['swallows the answer', faults.hang],
  ])('8628-3.5-11 a proxy that %s: the polls become plain, and the sign-in completes', async (_, fault) => {
    const polls = begin([fault, pending, tokens])
    expect(await polls.clock.until(polls.result)).toMatchObject({ ok: true })
    expect(preferences(polls)).toEqual(['wait=25', null, null])
  })

  it('a wait ends before the timeout of the request', async () => {
    const polls = begin([tokens], 300, 12)
    await polls.clock.until(polls.result)
    expect(preferences(polls)).toEqual(['wait=7'])
  })

  it.each([
    ['the server does not offer it', undefined, 30],
    ['the timeout is too short', 25, 5],
  ])('polls are plain if %s', async (_, maxWait, timeout) => {
    const polls = start([tokens], maxWait === undefined ? {} : { maxWait }, { timeout })
    await polls.clock.until(polls.result)
    expect(preferences(polls)).toEqual([null])
  })
})

it.each([
  [{ device_authorization_poll_wait_max: 25 }, 25],
  [{ device_authorization_poll_wait_max: -1 }, undefined],
  [{ device_authorization_poll_wait_max: 'long' }, undefined],
  [{}, undefined],
])('the metadata %j allow to wait for %s seconds', async (more, maxPollWait) => {
  const metadata = {
    issuer,
    device_authorization_endpoint: `${issuer}/device_authorization`,
    token_endpoint: `${issuer}/token`,
    ...more,
  }
  const fetch = async (): Promise<Response> => Response.json(metadata)
  const found = await new AuthorizationServer({ issuer }).findEndpoints({ fetch })
  expect(found.ok && found.maxPollWait).toBe(maxPollWait)
})
