// Every case of the conformance suite over HTTP, against every adapter.
import { createServer, type Server } from 'node:http'
import {
  type ConformanceCase,
  type ConformanceContext,
  type ConformanceNeed,
  conformanceCases,
  openConformance,
  runCase,
} from '@device-auth/conformance'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adapters } from './adapters.ts'
import { createTarget } from './conformance-target.ts'

function expectAllPassed(name: string, trusted: boolean, cases: readonly ConformanceCase[]): void {
  const server: Server = createServer()
  let context: ConformanceContext

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const [{ listener }, target] = createTarget(`http://127.0.0.1:${port}/oauth`, adapters[name]!, { trusted })
    server.on('request', listener)
    context = await openConformance(target)
  })

  afterAll(() => new Promise((resolve) => server.close(resolve)))

  for (const conformanceCase of cases) {
    it(`${conformanceCase.id} ${conformanceCase.title}`, async () => {
      const { status, message } = await runCase(conformanceCase, context)
      expect(`${status} ${message}`.trim()).toBe('passed')
    })
  }
}

/** The needs of the cases about tokens that other systems trust. */
const trustedNeeds: readonly ConformanceNeed[] = [
  'authorizationDetails',
  'jwtAccessTokens',
  'keys',
  'openid',
  'resources',
  'userinfo',
]
const isAboutTrust = ({ needs }: ConformanceCase): boolean => needs.some((need) => trustedNeeds.includes(need))
const others = conformanceCases.filter((one) => !isAboutTrust(one))

describe.each(Object.keys(adapters))('%s', (name) => expectAllPassed(name, false, others))

describe('signed tokens, OpenID Connect, resources and details', () => {
  // every other case too, because a revoked or expired JWT has to end as an opaque token does
  describe('node:http', () => expectAllPassed('node:http', true, conformanceCases))
  // the adapters translate requests only, so a few of them are enough for the rest
  const few = conformanceCases.filter(isAboutTrust)
  describe.each(['Express 5', 'Fastify 5', 'Koa 3'])('%s', (name) => expectAllPassed(name, true, few))
})
