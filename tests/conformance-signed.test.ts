// The suite has to find each check of a proof or an assertion that a server forgets: one server for each of them.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ConformanceCase, type ConformanceReport, runConformance } from '@device-auth/conformance'
import { type ClientAuthentication, type KeyBinding, OAuthError } from '@device-auth/core'
import { dpop, privateKeyJwt } from '@device-auth/jwt'
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { adapters, type PlainOptions } from './adapters.ts'
import { createTarget } from './conformance-target.ts'
import { type Fault, type RightServer, startRightServer } from './conformance-wrong-server.ts'

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

describe('tokens and codes that are bound by DPoP', () => {
  let right: RightServer
  beforeAll(async () => {
    right = await startRightServer({ profile: 'device-auth' })
  })
  afterAll(() => right.close())

  it('a correct server with nonces has no failure, and everything can be tried', async () => {
    const { results } = await right.run(undefined, /^9449-/)
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(results).toHaveLength(29)
  })

  /** A server that changes the headers of its answers. */
  const sends =
    (endpoint: string, change: (headers: Headers, status: number) => void): Fault =>
    async (sent, answer) => {
      const given = await answer()
      if (sent.endpoint === endpoint) change(given.headers, given.status)
      return given
    }

  it.each<[string, RegExp, Fault]>([
    [
      'tells no key at introspection',
      /^9449-5-1 introspection/,
      async ({ endpoint }, answer) => {
        const given = await answer()
        return endpoint === 'introspect' ? { ...given, content: { ...given.content, cnf: undefined } } : given
      },
    ],
    [
      'ignores dpop_jkt',
      /^9449-10-1 dpop_jkt/,
      ({ form }, answer) => {
        form.delete('dpop_jkt')
        return answer()
      },
    ],
    [
      'gives a nonce that it does not take',
      /^9449-8-2/,
      sends('token', (headers, status) => status === 200 && headers.set('dpop-nonce', 'unknown')),
    ],
    ['asks for a nonce and gives none', /^9449-9-1/, sends('api', (headers) => headers.delete('dpop-nonce'))],
    [
      'asks for a nonce by another error',
      /^9449-9-1/,
      sends(
        'api',
        (headers, status) => status === 401 && headers.set('www-authenticate', 'DPoP error="invalid_token"'),
      ),
    ],
    [
      'challenges by Bearer alone',
      /^9449-7.1-1/,
      sends('api', (headers, status) => {
        if (status === 401 && !headers.get('www-authenticate')?.includes('use_dpop_nonce'))
          headers.set('www-authenticate', 'Bearer error="invalid_token"')
      }),
    ],
  ])('a server that %s is found', async (_name, cases, fault) => {
    expect(await right.verdicts(fault, cases)).toEqual(['failed'])
  })

  it('a server that ignores a proof in the device request is found', async () => {
    const late: KeyBinding = {
      ...correct,
      read: (request, server) => (request.url.endsWith('/token') ? correct.read(request, server) : undefined),
    }
    const bound = /^(?:a proof in the device request|a device request with a proof)/
    expect(await verdicts({ keyBinding: late }, bound)).toEqual(['failed', 'failed'])
  })

  it('a server that leaves the key out of its JWTs is found', async () => {
    const keyless: Fault = async ({ endpoint }, answer) => {
      const given = await answer()
      const { access_token } = given.content
      if (endpoint !== 'token' || typeof access_token !== 'string') return given
      const { cnf: _, ...claims } = decodeJwt(access_token)
      const [header = '', , signature = ''] = access_token.split('.')
      const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
      return { ...given, content: { ...given.content, access_token: `${header}.${payload}.${signature}` } }
    }
    expect(await right.verdicts(keyless, /^9449-6.1-1/)).toEqual(['failed'])
  })

  it('a server that gives tokens without a proof, although the client is registered for proofs, is found', async () => {
    const clients = { ...right.target.clients, dpopBound: right.target.clients.public }
    const { results } = await right.run(undefined, /^9449-5.2-1/, { clients })
    expect(results.map(({ status }) => status)).toEqual(['failed', 'failed'])
  })

  it('a server without nonces is no failure, and the cases about them say why', async () => {
    const { results } = await run({ keyBinding: correct }, ({ id }) => /^9449-[89]/.test(id))
    expect(results.map(({ message }) => message)).toEqual([
      'needs a server that asks for DPoP nonces',
      'needs a server that asks for DPoP nonces',
      'needs a resource that asks for DPoP nonces',
    ])
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
    ['nbf', ({ nbf }) => nbf !== undefined, /is not valid yet/],
    ['alg none', () => true, /^an assertion with the alg none/],
    ['alg HS256', () => true, /^an assertion with a symmetric alg/],
    ['the key', () => true, /signed by an unknown key/],
    ['the keys at jwks_uri', () => true, /that is not at jwks_uri/],
  ])('a server that does not check %s is found', async (_name, hasFault, title) => {
    const clientAuthentication = { private_key_jwt: lenientAssertions(hasFault) }
    expect(await verdicts({ clientAuthentication }, title)).toEqual(['failed'])
  })

  it('a server that cannot fetch the keys of a client is found', async () => {
    const offline = privateKeyJwt({ fetchJson: () => Promise.reject(new Error('offline')) })
    expect(await verdicts({ clientAuthentication: { private_key_jwt: offline } }, /by a key at its jwks_uri/)).toEqual([
      'failed',
    ])
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
