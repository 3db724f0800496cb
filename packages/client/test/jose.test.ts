import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { idTokenVerifier } from '../src/jose.ts'
import { FakeClock } from '../src/testing/index.ts'
import { answered, issuer } from './fixtures.ts'

it.each([
  ['as an option', { jwksUri: 'http://as.example.com/jwks' }],
  ['in the metadata', { fetch: async () => answered({ issuer, jwks_uri: 'http://as.example.com/jwks' }) }],
])('keys of an address that is not secure, given %s, are not requested', async (_name, more) => {
  const verify = idTokenVerifier({ issuer, clientId: 'tv', ...more })
  await expect(verify('a.b.c')).rejects.toThrow('The address of the keys is not an https URL.')
})

it('keys without end are not read to their end', async () => {
  let pulled = 0
  const endless = async (): Promise<Response> =>
    new Response(
      new ReadableStream({
        pull(stream) {
          pulled += 100_000
          // a bound for the test, should they be read
          if (pulled > 50_000_000) stream.close()
          else stream.enqueue(new Uint8Array(100_000).fill(32))
        },
      }),
    )
  const clock = new FakeClock()
  const verify = idTokenVerifier({ issuer, clientId: 'tv', jwksUri: `${issuer}/jwks`, clock, fetch: endless })
  const header = { alg: 'ES256', kid: 'one' }
  const idToken = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.e30.AAAA`
  await expect(clock.until(verify(idToken))).rejects.toThrow(
    'The keys of the issuer were not found: Response too large',
  )
  expect(pulled).toBeLessThan(4_000_000)
})

describe('keys that cannot be fetched for now', () => {
  const tokens = async (kid = 'one') => {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid }] }
    const idToken = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(issuer)
      .setAudience('tv')
      .setExpirationTime('1h')
      .sign(privateKey)
    return { jwks, idToken }
  }
  const jwksUri = `${issuer}/jwks`
  /** Lets seconds pass until a promise is settled. `until()` of the clock does not wait for the signatures, which other threads check. */
  const passing = async <T>(clock: FakeClock, promise: Promise<T>): Promise<T> => {
    let isDone = false
    const mark = (): void => {
      isDone = true
    }
    promise.then(mark, mark)
    while (!isDone) await clock.advance(1)
    return promise
  }

  it.each([
    ['the network fails', () => Promise.reject(new TypeError('fetch failed'))],
    ['their address answers 503', async () => answered({}, 503)],
    ['their address answers something else', async () => answered({})],
  ])('%s: it is tried again for some seconds', async (_name, fails) => {
    const { jwks, idToken } = await tokens()
    const clock = new FakeClock()
    let requests = 0
    const fetchKeys = async (): Promise<Response> => (++requests < 4 ? fails() : answered(jwks))
    await passing(clock, idTokenVerifier({ issuer, clientId: 'tv', jwksUri, clock, fetch: fetchKeys })(idToken))
    expect(requests).toBe(4)
    requests = -10
    const verify = idTokenVerifier({ issuer, clientId: 'tv', jwksUri, clock, fetch: fetchKeys })
    await expect(passing(clock, verify(idToken))).rejects.toThrow()
    expect(requests).toBe(-6)
  })

  it('metadata that cannot be read for now is tried again', async () => {
    const { jwks, idToken } = await tokens()
    const clock = new FakeClock()
    const asked: string[] = []
    const fetchAll = async (input: unknown): Promise<Response> => {
      asked.push(String(input))
      if (asked.length < 3) return answered({}, 503)
      return answered(String(input) === jwksUri ? jwks : { issuer, jwks_uri: jwksUri })
    }
    await passing(clock, idTokenVerifier({ issuer, clientId: 'tv', clock, fetch: fetchAll })(idToken))
    expect(asked.at(-1)).toBe(jwksUri)
  })

  it('keys that were fetched before are used meanwhile', async () => {
    vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] })
    try {
      const { jwks, idToken } = await tokens()
      const clock = new FakeClock()
      let isDown = false
      const fetchKeys = async (): Promise<Response> => answered(jwks, isDown ? 503 : 200)
      const verify = idTokenVerifier({ issuer, clientId: 'tv', jwksUri, clock, fetch: fetchKeys })
      await verify(idToken)
      isDown = true
      vi.setSystemTime(Date.now() + 3_000_000)
      await verify(idToken)
      expect(clock.timers).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([60, 3_000])(
    'a token with a new key is tried again, if the other keys were fetched %i seconds before',
    async (age) => {
      vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] })
      try {
        const [old, renewed] = [await tokens(), await tokens('two')]
        const clock = new FakeClock()
        const answers = [answered(old.jwks), answered({}, 503), answered({}, 503), answered(renewed.jwks)]
        const fetchKeys = async (): Promise<Response> => answers.shift() ?? answered({}, 503)
        const verify = idTokenVerifier({ issuer, clientId: 'tv', jwksUri, clock, fetch: fetchKeys })
        await verify(old.idToken)
        vi.setSystemTime(Date.now() + age * 1000)
        await passing(clock, verify(renewed.idToken))
        expect(answers).toEqual([])
      } finally {
        vi.useRealTimers()
      }
    },
  )

  it('a token of another signer is refused at once', async () => {
    const [{ jwks }, { idToken }] = [await tokens(), await tokens()]
    const clock = new FakeClock()
    const verify = idTokenVerifier({ issuer, clientId: 'tv', jwksUri, clock, fetch: async () => answered(jwks) })
    await expect(verify(idToken)).rejects.toThrow('signature verification failed')
    expect(clock.timers).toBe(0)
  })
})
