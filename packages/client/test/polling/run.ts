import { type PollOptions, type PollRequest, pollUntilDone, type SignInResult } from '../../src/index.ts'
import { FakeClock, ScriptedServer, type Step } from '../../src/testing/index.ts'
import { issuer } from '../fixtures.ts'

/** Polls with a scripted server. */
export interface Run {
  readonly clock: FakeClock
  readonly server: ScriptedServer
  readonly startedAt: number
  readonly result: Promise<SignInResult>
}

/** Starts to poll with codes that live ten minutes. */
export function start(steps: readonly Step[], more: Partial<PollRequest> = {}, options: PollOptions = {}): Run {
  const clock = new FakeClock()
  const server = new ScriptedServer({ clock, polls: steps })
  const startedAt = clock.now()
  const request = { address: `${issuer}/token`, clientId: 'tv', deviceCode: 'dc', interval: 5, ...more }
  const result = pollUntilDone(
    { expiresAt: startedAt + 600_000, ...request },
    { fetch: server.fetch, clock, random: () => 0, ...options },
  )
  return { clock, server, startedAt, result }
}

/** The seconds from the start to each poll. */
export const pollTimes = ({ server, startedAt }: Run): number[] => server.sent.map(({ at }) => (at - startedAt) / 1000)
