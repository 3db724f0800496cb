import { generateKeyPairSync, sign } from 'node:crypto'
import { dpop } from '@device-auth/jwt'
import { describe, expect, it } from 'vitest'
import { issuer } from '../server.ts'
import { body, createScene, type DeviceKey, hs256, newKey, type ProofParts, type Scene } from './scene.ts'

const key = newKey()
const privateJwk = key.privateKey.export({ format: 'jwk' })
/** A key with which one check of a signature takes as long as twenty with a usual one. */
const slowKey = {
  ...generateKeyPairSync('rsa', { modulusLength: 3072 }).publicKey.export({ format: 'jwk' }),
  e: Buffer.alloc(383, 0xff).toString('base64url'),
}
const at = (scene: Scene, seconds: number): ProofParts => ({ claims: { iat: Math.floor(scene.now / 1000) + seconds } })

/** An approved code that is bound to the key. */
async function approvedCode(scene: Scene): Promise<Record<string, string>> {
  const codes = await scene.codes(key)
  await scene.approve(codes)
  return {
    client_id: 'tv',
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: codes.device_code ?? '',
  }
}

/** Sends a proof with an approved code, and then a good one: the first must not have touched the code. */
async function refusedThenTaken(scene: Scene, dpopHeader: string | readonly string[]): Promise<string> {
  const form = await approvedCode(scene)
  const refused = await scene.ask('/token', form, { dpop: dpopHeader })
  expect(refused.status).toBe(400)
  const taken = body(await scene.ask('/token', form, { dpop: scene.proof(key, '/token') }))
  expect(taken).toMatchObject({ token_type: 'DPoP' })
  expect(body(refused).error).toBe('invalid_dpop_proof')
  return body(refused).error_description ?? ''
}

describe('a proof that is not valid', () => {
  it.each<[string, ProofParts, RegExp]>([
    ['9449-4.2-1 typ JWT', { header: { typ: 'JWT' } }, /typ/],
    ['9449-4.2-1 without typ', { header: { typ: undefined } }, /typ/],
    ['9449-4.2-1 without jti', { claims: { jti: undefined } }, /jti/],
    ['9449-4.2-1 with a number as jti', { claims: { jti: 7 } }, /jti/],
    ['9449-4.2-1 without htm', { claims: { htm: undefined } }, /htm/],
    ['9449-4.2-1 without htu', { claims: { htu: undefined } }, /htu/],
    ['9449-4.2-1 without iat', { claims: { iat: undefined } }, /iat/],
    ['9449-4.2-1 with a text as iat', { claims: { iat: '1767225600' } }, /signature|iat/],
    ['9449-4.2-1 without jwk', { header: { jwk: undefined } }, /jwk/],
    ['9449-4.3-2 alg none', { header: { alg: 'none' }, signature: () => '' }, /one header|alg/],
    ['9449-4.3-2 alg none with a signature', { header: { alg: 'none' } }, /alg/],
    [
      '9449-4.3-2 HS256 by the public key',
      { header: { alg: 'HS256' }, signature: hs256(JSON.stringify(key.jwk)) },
      /alg/,
    ],
    [
      '9449-4.3-2 HS256 with a symmetric jwk',
      { header: { alg: 'HS256', jwk: { kty: 'oct', k: 'c2VjcmV0' } }, signature: hs256('secret') },
      /alg/,
    ],
    ['9449-4.3-2 a private member in jwk', { header: { jwk: privateJwk } }, /private/],
    [
      '9449-4.3-2 an RSA key whose exponent is as long as its modulus',
      { header: { alg: 'RS256', jwk: slowKey }, signature: () => Buffer.alloc(384, 1).toString('base64url') },
      /exponent/,
    ],
    ['9449-4.3-2 a signature of another key', { signature: otherSignature }, /signature/],
    ['9449-4.3-2 RS256 with a key of an elliptic curve', { header: { alg: 'RS256' } }, /signature/],
    ['9449-4.3-1 crit', { header: { crit: ['exp'], exp: 1 } }, /crit/],
    ['9449-4.3-1 crit b64', { header: { crit: ['b64'], b64: false } }, /crit/],
    ['9449-4.3-3 htm GET', { claims: { htm: 'GET' } }, /htm/],
    ['9449-4.3-3 htm in lower case', { claims: { htm: 'post' } }, /htm/],
    ['9449-4.3-3 htu of another endpoint', { claims: { htu: `${issuer}/device_authorization` } }, /htu/],
    ['9449-4.3-3 htu by the Host header', { claims: { htu: 'https://evil.example/oauth/token' } }, /htu/],
    ['9449-4.3-3 htu by http', { claims: { htu: `${issuer}/token`.replace('https', 'http') } }, /htu/],
    ['9449-4.3-3 htu without a host', { claims: { htu: '/oauth/token' } }, /htu/],
    ['9449-4.3-3 htu in a list', { claims: { htu: [`${issuer}/token`] } }, /htu/],
    ['9449-4.3-1 more than 4096 characters', { claims: { more: 'x'.repeat(4096) } }, /4096/],
  ])('%s is refused, and the approved code stays', async (_, parts, description) => {
    const scene = createScene()
    expect(await refusedThenTaken(scene, scene.proof(key, '/token', parts))).toMatch(description)
  })

  it('9449-4.3-1 two headers are refused, as a list and joined by a comma', async () => {
    const scene = createScene()
    const proofs = () => [scene.proof(key, '/token'), scene.proof(key, '/token')]
    expect(await refusedThenTaken(scene, proofs())).toMatch(/one header/)
    expect(await refusedThenTaken(scene, proofs().join(', '))).toMatch(/one header/)
    expect(await refusedThenTaken(scene, [])).toMatch(/one header/)
    expect(await refusedThenTaken(scene, '')).toMatch(/one header/)
  })

  it.each([-61, 61, -3600, 3600, 1e12])('9449-4.3-4 iat at %i seconds is refused', async (seconds) => {
    const scene = createScene()
    expect(await refusedThenTaken(scene, scene.proof(key, '/token', at(scene, seconds)))).toMatch(/iat/)
  })

  it.each([-60, 0, 60])('9449-4.3-4 iat at %i seconds is accepted', async (seconds) => {
    const scene = createScene()
    const form = await approvedCode(scene)
    const answer = await scene.ask('/token', form, { dpop: scene.proof(key, '/token', at(scene, seconds)) })
    expect(body(answer)).toMatchObject({ token_type: 'DPoP' })
  })

  it.each(['HTTPS://AUTH.example.com:443/oauth/token', `${issuer}/token?a=b#c`, `${issuer}/x/../token`])(
    '9449-4.3-3 htu %s is the same URL in another spelling',
    async (htu) => {
      const scene = createScene()
      const form = await approvedCode(scene)
      const answer = await scene.ask('/token', form, { dpop: scene.proof(key, '/token', { claims: { htu } }) })
      expect(body(answer)).toMatchObject({ token_type: 'DPoP' })
    },
  )

  it('an algorithm that the option leaves out is refused', async () => {
    const scene = createScene({ keyBinding: dpop({ algorithms: ['EdDSA'] }) })
    expect(await scene.codes(key)).toMatchObject({ error: 'invalid_dpop_proof' })
  })

  it.each(['EdDSA', 'Ed25519', 'RS256'])('%s is accepted', async (alg) => {
    const scene = createScene()
    const rsa = alg === 'RS256'
    const { privateKey, publicKey } = rsa
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ed25519')
    const parts = {
      header: { alg, jwk: publicKey.export({ format: 'jwk' }) },
      signature: (input: string) => sign(rsa ? 'sha256' : null, Buffer.from(input), privateKey).toString('base64url'),
    }
    const dpopHeader = scene.proof(key, '/device_authorization', parts)
    const answer = await scene.ask('/device_authorization', { client_id: 'tv' }, { dpop: dpopHeader })
    expect(body(answer).device_code).toMatch(/~j[\w-]{43}$/)
  })
})

describe('replay', () => {
  it('9449-11.1-1 a proof is accepted once, at whichever endpoint and for whichever code', async () => {
    const scene = createScene()
    const [first, second] = [await approvedCode(scene), await approvedCode(scene)]
    const proof = scene.proof(key, '/token')
    expect(body(await scene.ask('/token', first, { dpop: proof }))).toMatchObject({ token_type: 'DPoP' })
    const replayed = body(await scene.ask('/token', second, { dpop: proof }))
    expect(replayed).toMatchObject({ error: 'invalid_dpop_proof', error_description: expect.stringMatching(/before/) })
    scene.now += 60_000
    expect(body(await scene.ask('/token', second, { dpop: proof }))).toMatchObject({ error: 'invalid_dpop_proof' })
    scene.now += 61_000
    expect(body(await scene.ask('/token', second, { dpop: proof }))).toMatchObject({ error: 'invalid_dpop_proof' })
  })

  it('9449-11.1-1 of parallel requests with one proof, one passes', async () => {
    const scene = createScene()
    const proof = scene.proof(key, '/device_authorization')
    const ask = () => scene.ask('/device_authorization', { client_id: 'tv' }, { dpop: proof })
    const answers = await Promise.all(Array.from({ length: 20 }, ask))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('two keys may use the same jti', async () => {
    const scene = createScene()
    const ask = (one: DeviceKey) =>
      scene.ask(
        '/device_authorization',
        { client_id: 'tv' },
        { dpop: scene.proof(one, '/device_authorization', { claims: { jti: 'one' } }) },
      )
    expect((await ask(key)).status).toBe(200)
    expect((await ask(newKey())).status).toBe(200)
    expect((await ask(key)).status).toBe(400)
  })

  it('a proof of another key leaves no counter in the store, however many come', async () => {
    const scene = createScene()
    const form = await approvedCode(scene)
    const taken: string[] = []
    const { takeAttempts } = scene.store
    scene.store.takeAttempts = (budgets, now) => {
      taken.push(...budgets.map((budget) => budget.key))
      return takeAttempts.call(scene.store, budgets, now)
    }
    for (let i = 0; i < 5; i++) await scene.ask('/token', form, { dpop: scene.proof(newKey(), '/token') })
    expect(taken).toEqual([])
  })
})

describe('nonces', () => {
  const withNonces = () => createScene({ keyBinding: dpop({ nonces: true }) })
  const nonceIn = (answer: { headers: Readonly<Record<string, unknown>> }) => String(answer.headers['dpop-nonce'])

  it('9449-8-1 use_dpop_nonce is no poll: it paces nothing, and the approved code stays', async () => {
    const scene = withNonces()
    const demanded = await scene.ask(
      '/device_authorization',
      { client_id: 'tv' },
      { dpop: scene.proof(key, '/device_authorization') },
    )
    expect([demanded.status, body(demanded).error]).toEqual([400, 'use_dpop_nonce'])
    const nonce = nonceIn(demanded)
    const proof = (path: string, claims: object = { nonce }) => ({
      dpop: scene.proof(key, path, { claims: { ...claims } }),
    })
    const codes = body(await scene.ask('/device_authorization', { client_id: 'tv' }, proof('/device_authorization')))
    const form = {
      client_id: 'tv',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: codes.device_code ?? '',
    }
    const poll = async (claims?: object) => body(await scene.ask('/token', form, proof('/token', claims))).error
    expect(await poll()).toBe('authorization_pending')
    scene.now += 5_000
    for (let i = 0; i < 5; i++) expect(await poll({})).toBe('use_dpop_nonce')
    expect(await poll({ nonce: 'invented' })).toBe('use_dpop_nonce')
    expect(await poll()).toBe('authorization_pending')
    await scene.approve(codes)
    expect(await poll({})).toBe('use_dpop_nonce')
    expect(await poll()).toBeUndefined()
  })

  it('9449-8-2 a nonce is accepted for two to four minutes, and the answer to an old one has the next', async () => {
    const scene = withNonces()
    const ask = (nonce: string) =>
      scene.ask(
        '/device_authorization',
        { client_id: 'tv' },
        { dpop: scene.proof(key, '/device_authorization', { claims: { nonce } }) },
      )
    const first = nonceIn(await ask('none'))
    const fresh = await ask(first)
    expect([fresh.status, fresh.headers['dpop-nonce']]).toEqual([200, undefined])
    scene.now += 120_000
    const aged = await ask(first)
    expect(aged.status).toBe(200)
    expect(nonceIn(aged)).not.toBe(first)
    scene.now += 120_000
    expect(body(await ask(first)).error).toBe('use_dpop_nonce')
    expect((await ask(nonceIn(aged))).status).toBe(200)
  })

  it('a device whose clock is wrong can sign in', async () => {
    const scene = withNonces()
    const ask = (nonce: string) =>
      scene.ask(
        '/device_authorization',
        { client_id: 'tv' },
        { dpop: scene.proof(key, '/device_authorization', { claims: { nonce, iat: 0 } }) },
      )
    expect((await ask(nonceIn(await ask('none')))).status).toBe(200)
  })

  it('processes with one secret accept the nonces of each other; those of another secret are refused', async () => {
    const secrets = ['x7Qp2mVz9LkR4tYw8NcB3hJf6GsD1aEu', 'q1W2e3R4t5Y6u7I8o9P0aSdFgHjKlZxC']
    const server = (secret: string | undefined) =>
      createScene({ keyBinding: dpop({ nonces: true }), ...(secret === undefined ? {} : { secret }) })
    const ask = (scene: Scene, nonce: string) =>
      scene.ask(
        '/device_authorization',
        { client_id: 'tv' },
        { dpop: scene.proof(key, '/device_authorization', { claims: { nonce } }) },
      )
    const nonce = nonceIn(await ask(server(secrets[0]), 'none'))
    expect((await ask(server(secrets[0]), nonce)).status).toBe(200)
    expect((await ask(server(secrets[1]), nonce)).status).toBe(400)
  })
})

function otherSignature(input: string): string {
  const { privateKey } = newKey()
  return sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')
}
