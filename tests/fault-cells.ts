// One cell of the table in docs/clients.md: a client, a fault, and the stage where it strikes.
import type { Clock } from '@device-auth/client'
import {
  afterWork,
  type FaultName,
  faults,
  listen,
  onceWhen,
  ScriptedServer,
  type StepFunction,
  standard,
} from '@device-auth/client/testing'
import type { FaultClient } from './fault-clients.ts'

export const stages = ['codes', 'first poll', 'later poll', 'success'] as const
export type Stage = (typeof stages)[number]

/** A fault, the stage where it strikes, and whether it strikes before or after the server did its work. */
export interface Cell {
  readonly fault: FaultName
  readonly stage: Stage
  readonly when: 'before' | 'after'
}

// over HTTP on a port, these two are the same as a connection that is cut
const withoutServer: readonly FaultName[] = ['connection refused', 'no name resolution']
const names = (Object.keys(faults) as FaultName[]).filter((name) => !withoutServer.includes(name))

export const cells: readonly Cell[] = names.flatMap((fault) =>
  stages.flatMap((stage) => (['before', 'after'] as const).map((when) => ({ fault, stage, when }))),
)

/** Lifetime of the codes in seconds. On a fast clock it is longer, so that they do not expire on a busy machine. */
const [expiresIn, expiresInFast] = [90, 3600]
/** Seconds until a client counts as hanging. By then the codes have expired, so that it has no reason to wait. */
const patience = 100
/** The number of the poll after the approval. */
const approved = 4
const strikesAt: Readonly<Record<Stage, number>> = { codes: 0, 'first poll': 1, 'later poll': 3, success: approved }

/** Plays one cell. Returns `completes`, `hangs`, or the error with which the client gives up. */
export async function play(client: FaultClient, { fault, stage, when }: Cell, clock?: Clock): Promise<string> {
  let isStruck = false
  const strikes = (): boolean => {
    isStruck = server.polls.length === strikesAt[stage]
    return isStruck
  }
  const strike = onceWhen(when === 'after' ? afterWork(faults[fault]) : faults[fault], strikes)
  const poll: StepFunction = (request, context) => {
    if (server.polls.length === approved) server.approve()
    return strike(request, context)
  }
  const script = { codes: stage === 'codes' ? [strike] : [], polls: [poll] }
  // the server repeats a lost success, and accepts early polls, which are not tested here
  const lifetime = clock === undefined ? expiresIn : expiresInFast
  const behavior = { ...(client.behavior ?? standard), pacing: 'never' } as const
  const server = new ScriptedServer({ behavior, interval: 1, expiresIn: lifetime, clock, replays: true, ...script })
  const listening = await listen(server)
  let timer: NodeJS.Timeout | undefined
  const hangs = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, patience * 1000, 'hangs')
  })
  const signedIn = client.signIn(listening, clock).then(() => 'completes', nameOf)
  const outcome = await Promise.race([signedIn, hangs])
  clearTimeout(timer)
  await listening.close()
  if (!isStruck) throw new Error(`The fault did not strike at the stage ${stage}; the outcome is ${outcome}.`)
  return outcome
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'fails'
  const { error: oauth, code, errorCode } = error as { error?: unknown; code?: unknown; errorCode?: unknown }
  const name = [oauth, errorCode, code, error.message].find((one) => typeof one === 'string' && one !== '')
  return String(name ?? 'fails').slice(0, 60)
}
