import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTestServer } from '../server.ts'

let warnings: string[]

beforeEach(() => {
  // a warning is given once in a process
  vi.resetModules()
  warnings = []
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)))
})

afterEach(() => void vi.restoreAllMocks())

type Sent = readonly [ip: string, forwarded?: string]

/** Sends requests to a new server. Returns how many warnings of the proxy came. */
async function send(...requests: readonly Sent[]): Promise<number> {
  const { createProxyWarning } = await import('../../src/endpoints/proxy-warning.ts')
  const warn = createProxyWarning()
  for (const [ip, forwarded] of requests) {
    warn({ ip, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } })
  }
  return warnings.filter((warning) => warning.includes('X-Forwarded-For')).length
}

it('warns once, with what to set, if a proxy names public addresses and all requests come from private ones', async () => {
  const proxied: Sent = ['10.0.0.1', '198.51.100.7, 10.0.0.2']
  expect(await send(['10.0.0.1'], proxied, proxied)).toBe(1)
  expect(warnings[0]).toMatch(/`trust proxy` in Express, .*`trustProxy: true` in Fastify/)
})

it.each<[string, ...Sent[]]>([
  ['addresses are right', ['198.51.100.7', '198.51.100.7']],
  ['a public address came before', ['198.51.100.7'], ['10.0.0.1', '198.51.100.7']],
  ['the network is private as a whole', ['10.0.0.1', '10.0.0.7']],
  ['there is no proxy', ['127.0.0.1']],
])('does not warn if %s', async (_case, ...requests) => {
  expect(await send(...requests)).toBe(0)
})

it('is asked with each device authorization request', async () => {
  const server = createTestServer()
  await server.start({ client_id: 'tv' }, { ip: '10.0.0.1', headers: { 'x-forwarded-for': '198.51.100.7' } })
  expect(warnings.some((warning) => warning.includes('X-Forwarded-For'))).toBe(true)
})
