import type { Node } from '../nodes.ts'
import type { UserPlan } from '../plan.ts'
import type { Random } from '../random.ts'
import type { Asked, Network, Response } from './requests.ts'

/** The parts that a user and the user's devices share: the plan, the network, chance and time. */
export interface Life {
  readonly plan: UserPlan
  readonly network: Network
  readonly random: Random
  /** True when the history ends: whatever is under way is left as it is. */
  readonly isOver: () => boolean
  /** True when the faults have ended: devices that are signed in leave. */
  readonly isLate: () => boolean
}

/** The node that a balancer chooses: it does not know which of them work. */
export function anyNode({ network, random }: Life): Node {
  return random.pick(network.nodes)
}

/** Sends one request, for `operate`. */
export function sending({ network }: Life, asked: Asked): (node: Node) => Promise<Response> {
  return (node) => network.send(node, asked)
}

/** Waits, or less if the history ends. */
export async function sleep(life: Life, seconds: number): Promise<void> {
  const until = performance.now() + seconds * 1000
  for (;;) {
    const left = until - performance.now()
    if (left <= 0 || life.isOver()) return
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, 500)))
  }
}
