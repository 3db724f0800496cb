// The faults, as data: each says what it strikes, for how long, and how it is made and mended.
import type { Database } from './databases/database.ts'
import type { Node } from './nodes.ts'
import type { PlannedFault } from './plan.ts'
import type { Offer } from './setups.ts'

/** The parts of a running application that faults strike. */
export interface Scene {
  readonly nodes: readonly Node[]
  readonly database: Database
}

/** A fault that has been made. */
export interface Struck {
  /** The part that was struck, for the timeline: `node 1`, `all links`. */
  readonly target: string
  mend(): Promise<void> | void
}

export interface Fault {
  readonly name: string
  /** `everyday`: short, as in any week of an application. `harsh`: long, as in a bad year. */
  readonly weather: 'everyday' | 'harsh'
  /** Two faults do not strike one node, the links, or the database at the same time. */
  readonly place: 'node' | 'links' | 'database'
  /** The set-up has to offer all of these. */
  readonly needs: readonly Offer[]
  /** Seconds, at least and at most. */
  readonly lasts: readonly [least: number, most: number]
  strike(scene: Scene, planned: PlannedFault): Promise<Struck> | Struck
}

const hour = 3_600_000
const done = (): void => {}

function nodeOf({ nodes }: Scene, { target }: PlannedFault): Node {
  return nodes[target % nodes.length] as Node
}

/** The links of one node, or of all nodes when the fault is a strong one. */
function linksOf({ database, nodes }: Scene, { target, strength }: PlannedFault) {
  const isAll = strength > 0.6
  const node = target % nodes.length
  return {
    target: isAll ? 'all links' : `links of node ${node}`,
    links: isAll ? database.links.flat() : (database.links[node] ?? []),
  }
}

function serverOf({ database }: Scene, { target }: PlannedFault) {
  const index = target % database.servers.length
  return { server: database.servers[index]!, target: `database server ${index}` }
}

/** Starts what has been killed. A database may refuse while it still cleans up, so it is tried again. */
async function startAgain(start: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await start()
    } catch (error) {
      if (tries === 4) throw error
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}

function killNode(scene: Scene, planned: PlannedFault): Promise<Struck> {
  const node = nodeOf(scene, planned)
  return node.kill().then(() => ({ target: `node ${node.number}`, mend: () => startAgain(node.start) }))
}

function freezeNode(scene: Scene, planned: PlannedFault): Struck {
  const node = nodeOf(scene, planned)
  node.signal('SIGSTOP')
  return { target: `node ${node.number}`, mend: () => node.signal('SIGCONT') }
}

function freezeServer(scene: Scene, planned: PlannedFault): Struck {
  const { server, target } = serverOf(scene, planned)
  server.signal('SIGSTOP')
  return { target, mend: () => server.signal('SIGCONT') }
}

async function killServer(scene: Scene, planned: PlannedFault): Promise<Struck> {
  const { server, target } = serverOf(scene, planned)
  // a frozen process is killed too, and started awake
  await server.kill()
  return { target, mend: () => startAgain(server.start) }
}

async function deploy(scene: Scene, planned: PlannedFault): Promise<Struck> {
  const node = nodeOf(scene, planned)
  await node.end()
  return { target: `node ${node.number}`, mend: () => startAgain(node.start) }
}

/** @param most milliseconds; the strength chooses a shift from minus to plus this */
function shiftClock(most: number) {
  return (scene: Scene, planned: PlannedFault): Struck => {
    const node = nodeOf(scene, planned)
    const shift = Math.round((planned.strength * 2 - 1) * most)
    node.shiftClock(shift)
    return { target: `node ${node.number} by ${shift / 1000} s`, mend: () => node.shiftClock(0) }
  }
}

function cut(scene: Scene, planned: PlannedFault): Struck {
  const { links, target } = linksOf(scene, planned)
  for (const link of links) link.cut()
  return { target, mend: done }
}

function forget(scene: Scene, planned: PlannedFault): Struck {
  const { links, target } = linksOf(scene, planned)
  for (const link of links) link.forget()
  return { target, mend: done }
}

function hold(scene: Scene, planned: PlannedFault): Struck {
  const { links, target } = linksOf(scene, planned)
  for (const link of links) link.hold(true)
  const mend = (): void => {
    for (const link of links) link.hold(false)
  }
  return { target, mend }
}

function slow(milliseconds: number) {
  return (scene: Scene, planned: PlannedFault): Struck => {
    const { links, target } = linksOf(scene, planned)
    for (const link of links) link.delay(milliseconds)
    const mend = (): void => {
      for (const link of links) link.delay(0)
    }
    return { target: `${target} by ${milliseconds} ms`, mend }
  }
}

function failover(loss: boolean) {
  return async ({ database }: Scene): Promise<Struck> => {
    await database.failover?.(loss)
    return { target: 'primary', mend: done }
  }
}

async function lock({ database }: Scene): Promise<Struck> {
  return { target: 'file', mend: (await database.lock?.()) ?? done }
}

async function fill({ database }: Scene): Promise<Struck> {
  return { target: 'disk', mend: (await database.fill?.()) ?? done }
}

/** All faults that the checker knows. A new one is a new row. */
export const faults: readonly Fault[] = [
  { name: 'kill node', weather: 'everyday', place: 'node', needs: ['restarts'], lasts: [0, 5], strike: killNode },
  { name: 'deploy', weather: 'everyday', place: 'node', needs: ['restarts'], lasts: [0, 1], strike: deploy },
  { name: 'freeze node', weather: 'everyday', place: 'node', needs: [], lasts: [1, 4], strike: freezeNode },
  { name: 'freeze node long', weather: 'harsh', place: 'node', needs: [], lasts: [20, 60], strike: freezeNode },
  {
    name: 'kill database',
    weather: 'everyday',
    place: 'database',
    needs: ['servers'],
    lasts: [0, 4],
    strike: killServer,
  },
  {
    name: 'freeze database',
    weather: 'everyday',
    place: 'database',
    needs: ['servers'],
    lasts: [1, 4],
    strike: freezeServer,
  },
  {
    name: 'freeze database long',
    weather: 'harsh',
    place: 'database',
    needs: ['servers'],
    lasts: [20, 60],
    strike: freezeServer,
  },
  { name: 'cut links', weather: 'everyday', place: 'links', needs: ['links'], lasts: [0, 0], strike: cut },
  { name: 'silent links', weather: 'everyday', place: 'links', needs: ['links'], lasts: [1, 4], strike: hold },
  { name: 'silent links long', weather: 'harsh', place: 'links', needs: ['links'], lasts: [20, 60], strike: hold },
  { name: 'half-open links', weather: 'harsh', place: 'links', needs: ['links'], lasts: [0, 0], strike: forget },
  { name: 'slow links', weather: 'everyday', place: 'links', needs: ['links'], lasts: [2, 10], strike: slow(100) },
  { name: 'very slow links', weather: 'harsh', place: 'links', needs: ['links'], lasts: [5, 20], strike: slow(1500) },
  {
    name: 'clock off by seconds',
    weather: 'harsh',
    place: 'node',
    needs: ['clocks'],
    lasts: [5, 20],
    strike: shiftClock(45_000),
  },
  {
    name: 'clock off by an hour',
    weather: 'harsh',
    place: 'node',
    needs: ['clocks'],
    lasts: [5, 20],
    strike: shiftClock(hour),
  },
  {
    name: 'failover',
    weather: 'everyday',
    place: 'database',
    needs: ['failover'],
    lasts: [0, 0],
    strike: failover(false),
  },
  {
    name: 'failover with loss',
    weather: 'everyday',
    place: 'database',
    needs: ['failover'],
    lasts: [0, 0],
    strike: failover(true),
  },
  { name: 'file locked', weather: 'everyday', place: 'database', needs: ['lock'], lasts: [0, 1], strike: lock },
  { name: 'file locked long', weather: 'harsh', place: 'database', needs: ['lock'], lasts: [5, 10], strike: lock },
  { name: 'full disk', weather: 'harsh', place: 'database', needs: ['disk'], lasts: [3, 8], strike: fill },
]
