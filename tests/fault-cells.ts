// One cell of the table: a client, a fault, where it strikes.
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

/** Where a fault strikes, and whether the server had done its work by then. */
export interface Cell {
  readonly fault: FaultName
  readonly stage: Stage
  readonly when: 'before' | 'after'
}

// on a port, these are a connection that is cut, too
const withoutServer: readonly FaultName[] = ['connection refused', 'no name resolution']
const names = (Object.keys(faults) as FaultName[]).filter((name) => !withoutServer.includes(name))

export const cells: readonly Cell[] = names.flatMap((fault) =>
  stages.flatMap((stage) => (['before', 'after'] as const).map((when) => ({ fault, stage, when }))),
)

// seconds; when codes have expired nobody has a reason to wait. On a clock of its own, a busy machine must not let them expire
const [expiresIn, expiresInFast, patience] = [90, 3600, 100]
/** The poll that comes after the approval. */
const approved = 4
const strikesAt: Readonly<Record<Stage, number>> = { codes: 0, 'first poll': 1, 'later poll': 3, success: approved }

/** `completes`, `hangs`, or the error that the client gives up with. */
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
  // a success that was lost is there to be had again; clients that poll early are not the matter here
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
  if (!isStruck) throw new Error(`no ${stage}, and ${outcome}`)
  return outcome
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'fails'
  const { error: oauth, code, errorCode } = error as { error?: unknown; code?: unknown; errorCode?: unknown }
  const name = [oauth, errorCode, code, error.message].find((one) => typeof one === 'string' && one !== '')
  return String(name ?? 'fails').slice(0, 60)
}
