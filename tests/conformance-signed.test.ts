// The suite has to find each check of a proof or an assertion that a server forgets: one server for each of them.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ConformanceCase, type ConformanceReport, runConformance } from '@device-auth/conformance'
import { type ClientAuthentication, type KeyBinding, OAuthError } from '@device-auth/core'
import { dpop, privateKeyJwt } from '@device-auth/jwt'
import { decodeJwt } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { adapters, type PlainOptions } from './adapters.ts'
import { createTarget } from './conformance-target.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

/** Runs some cases against a server whose options are changed. */
async function run(
  changed: Partial<PlainOptions>,
  only: (one: ConformanceCase) => boolean,
): Promise<ConformanceReport> {
  const server = createServer()
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/oauth`
  const adapt = (options: PlainOptions) => adapters['node:http']!({ ...options, ...changed })
  const [{ listener }, target] = createTarget(issuer, adapt)
  server.on('request', listener)
  return runConformance(target, { only })
}

const isSigned = ({ id }: ConformanceCase): boolean => /^(?:9449|7523)-/.test(id)

/** The verdicts on the cases with this title. */
async function verdicts(changed: Partial<PlainOptions>, title: RegExp): Promise<readonly string[]> {
  const { results } = await run(changed, (one) => isSigned(one) && title.test(one.title))
  return results.map(({ status }) => status)
}

const correct = dpop()

/** DPoP that takes a proof in spite of one fault, which the refusal names. */
function lenient(reason: RegExp): KeyBinding {
  return {
    ...correct,
    async read(request, server) {
      try {
        return await correct.read(request, server)
      } catch (error) {
        if (error instanceof OAuthError && reason.test(error.message)) return { thumbprint: 'A'.repeat(43) }
        throw error
      }
    },
  }
}

/** DPoP that takes every proof for one of the same key. */
const oneKey: KeyBinding = {
  ...correct,
  async read(request, server) {
    const proof = await correct.read(request, server)
    return proof && { ...proof, thumbprint: 'A'.repeat(43) }
  },
}

const ignored: KeyBinding = { ...correct, read: () => undefined }

describe('DPoP', () => {
  it('a correct server without nonces has no failure', async () => {
    const { results } = await run({ keyBinding: correct }, isSigned)
    expect(results.filter(({ status }) => status === 'failed')).toEqual([])
    expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(24)
  })

  it.each([
    [/typ is not/, /without the typ/],
    [/jti is missing/, /without a jti/],
    [/iat is missing/, /without an iat/],
    [/alg is not|one header DPoP/, /^a proof with the alg none/],
    [/alg is not/, /^a proof with a symmetric alg/],
    [/members of a private key/, /private key in jwk/],
    [/htm is not/, /htm of another method/],
    [/htu is not/, /htu of another address/],
    [/signature does not fit/, /^a proof signed by another key/],
    [/one header DPoP/, /two DPoP headers/],
    [/one header DPoP/, /header that is no JWT/],
    [/iat differs/, /proof of yesterday/],
  ])('a server that forgets %s is found', async (reason, title) => {
    expect(await verdicts({ keyBinding: lenient(reason) }, title)).toEqual(['failed'])
  })

  it('a server that takes every key at a refresh, or ignores proofs, is found', async () => {
    expect(await verdicts({ keyBinding: oneKey }, /refresh token of a public client/)).toEqual(['failed'])
    expect(await verdicts({ keyBinding: oneKey }, /refused with the proof of another key/)).toEqual(['failed'])
    expect(await verdicts({ keyBinding: ignored }, /have the token_type DPoP/)).toEqual(['failed'])
  })
})

describe('private_key_jwt', () => {
  const checked = privateKeyJwt()
  type Claims = Readonly<Record<string, unknown>>

  /** Takes an assertion in spite of one fault of its claims. */
  function lenientAssertions(hasFault: (claims: Claims) => boolean): ClientAuthentication {
    const claimsOf = (assertion: string | undefined): Claims => (assertion === undefined ? {} : decodeJwt(assertion))
    return {
      ...checked,
      identify(request) {
        const { sub } = claimsOf(request.parameters.get('client_assertion'))
        return checked.identify(request) ?? (typeof sub === 'string' ? sub : undefined)
      },
      async verify(request, client, server) {
        return hasFault(claimsOf(request.parameters.get('client_assertion'))) || checked.verify(request, client, server)
      },
    }
  }

  it.each<[string, (claims: Claims) => boolean, RegExp]>([
    ['iss', ({ iss, sub }) => iss !== sub, /whose iss is not its sub/],
    ['aud', ({ aud }) => aud === 'https://example.com', /^an assertion for another server/],
    ['aud, if it is missing,', ({ aud }) => aud === undefined, /without an aud/],
    ['exp', ({ exp }) => Number(exp) * 1000 < Date.now(), /has expired/],
    ['exp, if it is missing,', ({ exp }) => exp === undefined, /without an exp/],
    ['alg none', () => true, /^an assertion with the alg none/],
    ['alg HS256', () => true, /^an assertion with a symmetric alg/],
    ['the key', () => true, /signed by an unknown key/],
  ])('a server that does not check %s is found', async (_name, hasFault, title) => {
    const clientAuthentication = { private_key_jwt: lenientAssertions(hasFault) }
    expect(await verdicts({ clientAuthentication }, title)).toEqual(['failed'])
  })

  it('a server that takes an assertion, or a proof, twice is found', async () => {
    const twice: ClientAuthentication = {
      ...checked,
      verify: (request, client, server) => checked.verify(request, client, { ...server, takeOnce: async () => true }),
    }
    const withoutOnce: KeyBinding = {
      ...correct,
      async read(request, server) {
        const proof = await correct.read(request, server)
        return proof && { thumbprint: proof.thumbprint }
      },
    }
    expect(await verdicts({ clientAuthentication: { private_key_jwt: twice } }, /^an assertion works once/)).toEqual([
      'failed',
    ])
    expect(await verdicts({ keyBinding: withoutOnce }, /^a proof is accepted once/)).toEqual(['failed'])
  })
})
