import type { IncomingMessage, RequestListener } from 'node:http'
import { toFetchHandler } from '@device-auth/core/fetch'
import { toNodeHandler } from '@device-auth/core/node'
import type { Request as ExpressRequest } from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { echoDeviceAuth } from '../../core/src/testing/adapter-contract/echo.ts'
import { type Listening, listen, send } from '../../core/src/testing/adapter-contract/wire.ts'
import { deviceAuthRouter } from '../src/index.ts'
import { versions } from './versions.ts'

const long = 'x'.repeat(20_000)

interface Case {
  readonly what: string
  readonly method: string
  readonly target: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

const requests: readonly Case[] = [
  { what: 'a form', method: 'POST', target: '/token?a=1&a=2', body: 'client_id=tv&scope=a+b' },
  { what: 'a repeat', method: 'POST', target: '/token', body: 'client_id=tv&client_id=tv' },
  {
    what: 'a wrong type',
    method: 'POST',
    target: '/token',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  },
  { what: 'a compressed body', method: 'POST', target: '/token', body: 'x', headers: { 'content-encoding': 'gzip' } },
  { what: 'wrong bytes', method: 'POST', target: '/token', body: 'client_id=%ff' },
  { what: 'a long body', method: 'POST', target: '/token', body: long },
  { what: 'a wrong method', method: 'GET', target: '/token' },
  { what: 'a page', method: 'GET', target: '/device?user_code=x' },
  { what: 'HEAD', method: 'HEAD', target: '/device' },
]

/** Headers that the connection or the framework adds. */
const others = new Set(['date', 'connection', 'keep-alive', 'x-powered-by'])
const comparable = (headers: object): object =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !others.has(name)))

const listeners: Readonly<Record<string, RequestListener>> = {
  node: toNodeHandler(echoDeviceAuth<IncomingMessage>()),
  ...Object.fromEntries(
    versions.map(([version, express]) => [version, express().use(deviceAuthRouter(echoDeviceAuth<ExpressRequest>()))]),
  ),
}

describe('one request has the same response through every adapter', () => {
  const listening = new Map<string, Listening>()
  const handle = toFetchHandler(echoDeviceAuth<Request>(), { ip: () => '127.0.0.1' })

  beforeAll(async () => {
    for (const [name, listener] of Object.entries(listeners)) listening.set(name, await listen(listener))
  })
  afterAll(() => Promise.all([...listening.values()].map((one) => one.close())))

  it.each(requests)('$what', async ({ method, target, body = '', headers = {} }) => {
    const response = await handle(
      new Request(`http://localhost${target}`, {
        method,
        body: method === 'POST' ? body : null,
        headers: method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded', ...headers } : headers,
      }),
    )
    const expected = {
      status: response.status,
      headers: comparable(Object.fromEntries(response.headers)),
      body: await response.text(),
    }
    expect(expected.headers).toHaveProperty('content-length')
    for (const [name, { port }] of listening) {
      const answer = await send(port, method, target, body, headers)
      expect({ ...answer, headers: comparable(answer.headers) }, name).toEqual(expected)
    }
  })
})
