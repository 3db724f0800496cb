// Polls and events that wait for the decision, behind a proxy that buffers answers and cuts those that take too long.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type DeviceCode, getDeviceCode, poll } from '@device-auth/client'
import { createDeviceAuth, type DeviceAuth, deviceAuthRouter, deviceClient } from '@device-auth/express'
import express from 'express'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { until } from '../packages/stores/test/until.ts'
import { freePort } from './free-port.ts'
import { describeWith } from './missing.ts'
import { type Nginx, noNginx, startNginx } from './nginx.ts'

/** A poll as the server saw it. */
interface SeenPoll {
  readonly at: number
  readonly prefer: string | undefined
  /** The status of the answer; `undefined` if the connection was closed before there was one. */
  status?: number
  closedAt?: number
}

/** Seconds that nginx waits for an answer. */
const TIMEOUT = 20

describeWith(noNginx(), 'behind nginx with its default settings', () => {
  let nginx: Nginx
  let server: Server
  let deviceAuth: DeviceAuth<express.Request>
  let issuer: string
  let polls: SeenPoll[] = []

  beforeAll(async () => {
    const [port, upstream] = [await freePort(), await freePort()]
    issuer = `http://127.0.0.1:${port}/oauth`
    deviceAuth = createDeviceAuth({
      issuer,
      clients: [deviceClient({ client_id: 'tv', client_name: 'Living-room TV' })],
      interval: 2,
      paths: { decisionEvents: '/decision_events' },
      // one place: it has to be free again for the next test
      longPolling: { maxHeld: 1 },
      loginUrl: '/login',
    })
    const app = express().set('trust proxy', 'loopback')
    app.use('/oauth/token', (req, res, next) => {
      const seen: SeenPoll = { at: performance.now(), prefer: req.get('prefer') }
      polls.push(seen)
      res.once('close', () => {
        seen.closedAt = performance.now()
        if (res.writableFinished) seen.status = res.statusCode
      })
      next()
    })
    app.use('/oauth', deviceAuthRouter(deviceAuth))
    server = createServer(app)
    await once(server.listen(upstream, '127.0.0.1'), 'listening')
    nginx = await startNginx(port, upstream, TIMEOUT)
  })

  afterAll(async () => {
    await nginx?.stop()
    server.closeAllConnections()
    server.close()
    await deviceAuth.close()
  })

  beforeEach(() => {
    polls = []
  })

  async function begin(): Promise<DeviceCode> {
    const code = await getDeviceCode(issuer, { clientId: 'tv' })
    if (!code.ok) throw new Error(code.error)
    return code
  }

  it('8628-3.5-1 a poll that waits is answered the moment the user approves', async () => {
    const code = await begin()
    const signedIn = poll(issuer, code, { clientId: 'tv' })
    await until(async () => expect(polls).toHaveLength(1))
    const approvedAt = performance.now()
    await deviceAuth.approve(code.userCode, { subject: 'ada' })
    expect(await signedIn).toMatchObject({ ok: true })
    // without the approval it would be held for 25 seconds
    expect(performance.now() - approvedAt).toBeLessThan(10_000)
    expect(polls.map(({ prefer, status }) => [prefer, status])).toEqual([['wait=25', 200]])
  })

  it('the event for a page comes the moment the user approves', async () => {
    const code = await begin()
    const id = createHash('sha256').update(code.deviceCode).digest('base64url')
    const answer = fetch(`${issuer}/decision_events?id=${id}`)
    // the one place is taken when a second request is not held
    await until(async () => {
      const probe = await fetch(`${issuer}/decision_events?id=${id}`, { signal: AbortSignal.timeout(200) })
      expect(await probe.text()).toContain('retry: 2000')
    })
    await deviceAuth.approve(code.userCode, { subject: 'ada' })
    expect(await (await answer).text()).toContain('event: decision')
  })

  it('when nginx cuts the first poll after 20 seconds, the client polls plainly and signs in; the place is free again', async () => {
    const code = await begin()
    const signedIn = poll(issuer, code, { clientId: 'tv' })
    await until(async () => expect(polls).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, TIMEOUT * 1000))
    await until(async () => expect(polls.length).toBeGreaterThan(1))
    const [cut, next] = polls
    expect([cut?.prefer, cut?.status, next?.prefer]).toEqual(['wait=25', undefined, undefined])
    expect(Number(cut?.closedAt) - Number(cut?.at)).toBeGreaterThan(TIMEOUT * 1000 - 500)
    expect(Number(next?.at) - Number(cut?.closedAt), 'no sooner than an interval').toBeGreaterThan(2_000)
    await deviceAuth.approve(code.userCode, { subject: 'ada' })
    expect(await signedIn).toMatchObject({ ok: true })
    expect(polls.at(-1)?.status).toBe(200)

    const held = poll(issuer, await begin(), { clientId: 'tv', timeLimit: 4 })
    await until(async () => expect(polls.at(-1)?.prefer).toBe('wait=25'))
    await held
    expect(polls.at(-1)?.status, 'it was held until its client gave up').toBeUndefined()
  }, 60_000)
})
