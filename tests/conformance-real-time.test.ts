// The conformance suite without a clock, as a stranger runs it: the server keeps real time, so the cases have to wait.
import { createServer, type Server } from 'node:http'
import {
  type ConformanceCase,
  type ConformanceResult,
  conformanceCases,
  openConformance,
  runCase,
} from '@device-auth/conformance'
import { afterAll, describe, expect, it } from 'vitest'
import { adapters } from './adapters.ts'
import { createTarget, type TargetOptions } from './conformance-target.ts'

const servers: Server[] = []
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

/** The cases that use up limits or measure time come last, one by one. The others wait most of their time, so many of them run at once. */
async function runAll(adapter: string, options: TargetOptions): Promise<readonly ConformanceResult[]> {
  const adapt = adapters[adapter]!
  const server = createServer()
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const [{ listener }, target] = createTarget(`http://127.0.0.1:${port}/oauth`, adapt, options)
  server.on('request', listener)
  const context = await openConformance(target)
  const isLast = ({ needs, title }: ConformanceCase): boolean =>
    needs.includes('expendable') || /limit|within a second/.test(title)
  const results: ConformanceResult[] = []
  const waiting = conformanceCases.filter((one) => !isLast(one))
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      results.push(await runCase(next, context))
  }
  await Promise.all(Array.from({ length: 16 }, worker))
  for (const one of conformanceCases.filter(isLast)) results.push(await runCase(one, context))
  return results
}

// the other adapters translate requests only, so their waiting is the same; EVERY_ADAPTER=true runs all, in six minutes
const names = process.env.EVERY_ADAPTER === 'true' ? Object.keys(adapters) : ['node:http']

describe.each(names)('%s in real time', (name) => {
  it.each(['rfc', 'device-auth'] as const)(
    'the profile %s finds no failure, and says why a case could not be tried',
    async (profile) => {
      // one run with opaque tokens, and one with tokens that other systems trust
      const trusted = profile === 'rfc'
      const results = await runAll(name, { realTime: true, profile, trusted })
      expect(results.filter(({ status }) => status === 'failed')).toEqual([])
      for (const { message } of results.filter(({ status }) => status === 'skipped')) expect(message).toMatch(/^needs /)
      expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(280)
    },
    120_000,
  )
})
