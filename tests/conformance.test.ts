// Every case of the conformance suite over HTTP, against every adapter.
import { createServer, type Server } from 'node:http'
import { type ConformanceContext, conformanceCases, openConformance, runCase } from '@device-auth/conformance'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adapters } from './adapters.ts'
import { createTarget } from './conformance-target.ts'

describe.each(Object.entries(adapters))('%s', (_name, adapt) => {
  const server: Server = createServer()
  let context: ConformanceContext

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const [{ listener }, target] = createTarget(`http://127.0.0.1:${port}/oauth`, adapt)
    server.on('request', listener)
    context = await openConformance(target)
  })

  afterAll(() => new Promise((resolve) => server.close(resolve)))

  for (const conformanceCase of conformanceCases) {
    it(`${conformanceCase.id} ${conformanceCase.title}`, async () => {
      const { status, message } = await runCase(conformanceCase, context)
      expect(`${status} ${message}`.trim()).toBe('passed')
    })
  }
})
