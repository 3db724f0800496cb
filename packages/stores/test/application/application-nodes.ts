import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import {
  DEVICE_CODE_GRANT_TYPE,
  type DeviceAuthorizationResponse,
  type DeviceStore,
  type TokenResponse,
} from '@device-auth/core'
import { expect } from 'vitest'
import { randomHash } from '../credentials.ts'
import { nodeOn } from './sign-in.ts'

/** Number of connections to each node. */
const SOCKETS = 64

/** The arguments of application-node.mjs: the kind of database and its addresses. */
export type Database = readonly [kind: 'cluster' | 'postgres' | 'redis' | 'sqlite', ...addresses: string[]]

/** A node of the application, in a process of its own. */
export interface ApplicationNode {
  /** Polls. @returns the answer; rejects if the connection ends without one */
  poll(deviceCode: string): Promise<{ readonly status: number; readonly body: string }>
  readonly process: ChildProcess
  stop(): void
}

/** Starts a node on the built packages: the conditions by which Vitest finds the sources do not apply in its process. */
export async function applicationNode(database: Database, given: NodeJS.ProcessEnv = {}): Promise<ApplicationNode> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const path = fileURLToPath(new URL('application-node.mjs', import.meta.url))
  const child = fork(path, [...database], { env: { ...env, ...given }, execArgv: [] })
  const [port] = (await once(child, 'message')) as [number]
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS })
  const poll = (deviceCode: string): Promise<{ readonly status: number; readonly body: string }> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const asked = request({ port, host: '127.0.0.1', path: '/token', method: 'POST', headers, agent }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text) => {
          body += text
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      })
      asked.on('error', reject)
      asked.end(
        `grant_type=${encodeURIComponent(DEVICE_CODE_GRANT_TYPE)}&client_id=tv&device_code=${encodeURIComponent(deviceCode)}`,
      )
    })
  const stop = (): void => {
    agent.destroy()
    child.kill('SIGKILL')
  }
  return { poll, process: child, stop }
}

interface Approved extends DeviceAuthorizationResponse {
  readonly subject: string
}

/** Starts sign-ins and approves them, each by another user. */
async function approvedCodes(store: DeviceStore, count: number): Promise<readonly Approved[]> {
  const { begin, deviceAuth } = nodeOn(store, { limits: { requestsPerAddress: 10_000, pendingPerAddress: 10_000 } })
  const codes: Approved[] = []
  while (codes.length < count) {
    const some = Array.from({ length: Math.min(100, count - codes.length) }, async () => {
      const [subject, begun] = [randomHash(), await begin()]
      expect(await deviceAuth.approve(begun.user_code, { subject })).toBe('decided')
      return { ...begun, subject }
    })
    codes.push(...(await Promise.all(some)))
  }
  return codes
}

/** Polls each code many times at once over three nodes, and expects the same tokens in all token responses. */
export async function expectOneFamilyEach(
  store: DeviceStore,
  database: Database,
  codes: number,
  pollers: number,
): Promise<void> {
  const nodes = await Promise.all(Array.from({ length: 3 }, () => applicationNode(database)))
  const approved = await approvedCodes(store, codes)
  const { deviceAuth } = nodeOn(store)
  const redeemed = async ({ device_code, subject }: Approved, index: number) => {
    const polls = Array.from({ length: pollers }, (_, poller) => nodes[(index + poller) % 3]!.poll(device_code))
    const answers = await Promise.all(polls)
    const tokens = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body))
    // other polls are told to wait, or to slow down
    const others = answers.filter(({ status }) => status !== 200).map(({ body }) => JSON.parse(body).error)
    expect(others.filter((error) => !['authorization_pending', 'slow_down'].includes(error))).toEqual([])
    expect(tokens.size).toBe(1)
    return { subject, token: (JSON.parse([...tokens][0]!) as TokenResponse).access_token }
  }
  const kept = async ({ subject, token }: { subject: string; token: string }) => {
    expect((await deviceAuth.authenticate(token))?.subject).toBe(subject)
    expect(await store.listFamilies(subject, Date.now())).toHaveLength(1)
  }
  const tokens = new Set<string>()
  // all at once would wait in the nodes for longer than a step of a store may take
  for (let first = 0; first < codes; first += 100) {
    const found = await Promise.all(approved.slice(first, first + 100).map(redeemed))
    await Promise.all(found.map(kept))
    for (const { token } of found) tokens.add(token)
  }
  expect(tokens.size).toBe(codes)
  for (const node of nodes) node.stop()
}

/** Kills a node after it has kept the tokens and before it answers, and expects the tokens from another node. */
export async function expectAnswerOfAnother(store: DeviceStore, database: Database): Promise<void> {
  const [dying, other] = [await applicationNode(database, { DIES: 'after redeem' }), await applicationNode(database)]
  const [{ device_code, subject }] = (await approvedCodes(store, 1)) as [Approved]
  await expect(dying.poll(device_code)).rejects.toThrow()
  expect(dying.process.signalCode ?? (await once(dying.process, 'exit'))[1]).toBe('SIGKILL')
  const families = await store.listFamilies(subject, Date.now())
  expect(families).toHaveLength(1)
  const answers = [await other.poll(device_code), await other.poll(device_code)]
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1)
  const { access_token } = JSON.parse(answers[0]!.body) as TokenResponse
  const claims = await nodeOn(store).deviceAuth.authenticate(access_token)
  expect(claims).toMatchObject({ subject, grantId: families[0]!.id })
  for (const node of [dying, other]) node.stop()
}
