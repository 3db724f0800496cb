import { setTimeout } from 'node:timers/promises'
import { faults, type Scene } from './faults.ts'
import { type History, type Recorder, recorder } from './history.ts'
import { type Broken, type Node, nodeOn } from './nodes.ts'
import type { Plan, PlannedFault } from './plan.ts'
import { seededRandom } from './random.ts'
import { findSetup } from './setups.ts'
import { timing } from './timing.ts'
import { networkTo } from './users/requests.ts'
import { audit, live } from './users/user.ts'

/** The options of a run beside its plan. */
export interface RunOptions {
  /** A file for the history, a line of JSON an entry. */
  readonly file?: string
  /** Nodes that are wrong on purpose, for the control. */
  readonly broken?: Broken
  /** Ends the history early; the database is stopped then too. */
  readonly signal?: AbortSignal
}

/**
 * Starts database and nodes, lets users and faults happen as planned, and ends everything.
 *
 * @throws the reason of the signal, when that ends it.
 */
export async function runHistory(plan: Plan, { file, broken, signal }: RunOptions = {}): Promise<History> {
  const setup = findSetup(plan.setup)
  const database = await setup.start(setup.nodes)
  const keep = recorder(file)
  const nodes: Node[] = []
  try {
    for (let number = 0; number < setup.nodes; number++) nodes.push(nodeOn(database, number, keep, broken))
    // one after another: the first makes the tables
    for (const node of nodes) await node.start()
    return await Promise.race([
      happen(plan, { nodes, database }, keep),
      ...(signal === undefined ? [] : [aborted(signal)]),
    ])
  } finally {
    await Promise.all(nodes.map((node) => node.kill()))
    await database.stop()
    await keep.close()
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}

async function happen(plan: Plan, scene: Scene, keep: Recorder): Promise<History> {
  const network = networkTo(scene.nodes, keep)
  const began = keep.now()
  let [isLate, isOver] = [false, false]
  const lives = plan.users.map((user) => ({
    plan: user,
    network,
    random: seededRandom(plan.seed * 1000 + user.number),
    isOver: () => isOver,
    isLate: () => isLate,
  }))
  const running = lives.map((life) => ({ life, ended: live(life) }))
  await makeFaults(plan.faults, scene, keep, began)
  await wait(began + plan.seconds * 1000 - keep.now())
  const faultsEnded = keep.now()
  isLate = true
  // users who forget are not waited for: their codes may live longer than the history
  const awaited = running.filter(({ life }) => life.plan.decision !== 'forgets').map(({ ended }) => ended)
  const settled = new AbortController()
  const settling = setTimeout(timing.settling * 1000, undefined, { signal: settled.signal }).catch(() => {})
  await Promise.race([Promise.all(awaited), settling])
  settled.abort()
  isOver = true
  await Promise.all(running.map(({ ended }) => ended))
  await Promise.all(lives.map(audit))
  network.close()
  return { plan, entries: keep.entries, faultsEnded, ended: keep.now() }
}

/** Makes each fault at its time, also while another one is in another place, and waits until all are mended. */
async function makeFaults(
  planned: readonly PlannedFault[],
  scene: Scene,
  keep: Recorder,
  began: number,
): Promise<void> {
  const struck = new Map<string, Promise<void>>()
  for (const fault of planned) {
    await wait(began + fault.at * 1000 - keep.now())
    const place = placeOf(fault, scene)
    // what is dead cannot be frozen: one fault at a time in each place
    if (struck.has(place)) continue
    struck.set(
      place,
      makeFault(fault, scene, keep).finally(() => struck.delete(place)),
    )
  }
  await Promise.all(struck.values())
}

function placeOf({ fault, target }: PlannedFault, { nodes }: Scene): string {
  const { place } = findFault(fault)
  return place === 'node' ? `node ${target % nodes.length}` : place
}

async function makeFault(planned: PlannedFault, scene: Scene, { keep, now }: Recorder): Promise<void> {
  const at = now()
  let target = ''
  try {
    const struck = await findFault(planned.fault).strike(scene, planned)
    target = struck.target
    await wait(planned.lasts * 1000)
    await struck.mend()
    keep({ kind: 'fault', at, ended: now(), fault: planned.fault, target })
  } catch (error) {
    keep({ kind: 'fault', at, ended: now(), fault: planned.fault, target, problem: String(error) })
  }
}

function findFault(name: string) {
  const found = faults.find((fault) => fault.name === name)
  if (found === undefined) throw new RangeError(`There is no fault "${name}".`)
  return found
}

function wait(milliseconds: number): Promise<void> {
  return setTimeout(Math.max(0, milliseconds))
}
