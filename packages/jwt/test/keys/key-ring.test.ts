import { createPublicKey, createSecretKey, generateKeyPairSync } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { describe, expect, it } from 'vitest'
import { createKeyRing, type Keys } from '../../src/keys/key-ring.ts'
import { keyOf, privateKeys } from '../server.ts'

const es256 = keyOf('ES256')
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey

describe('keys', () => {
  it.each(Object.keys(privateKeys))(
    '%s: a KeyObject and its JWK are the same key, named by its thumbprint',
    async (alg) => {
      const key = keyOf(alg)
      const ring = createKeyRing(key)
      const [published] = await ring.list()
      expect(published?.kid).toBe(await calculateJwkThumbprint(createPublicKey(key).export({ format: 'jwk' }) as never))
      expect(await createKeyRing(key.export({ format: 'jwk' })).list()).toEqual([published])
    },
  )

  it('keep the `kid` and `alg` that they are given', async () => {
    const jwk = { ...keyOf('RS256').export({ format: 'jwk' }), kid: '2026-01', alg: 'PS256' }
    expect(await createKeyRing(jwk).list()).toMatchObject([{ kid: '2026-01', alg: 'PS256' }])
    expect(await createKeyRing({ key: keyOf('RS256'), kid: 'a', alg: 'PS256' }).list()).toMatchObject([{ kid: 'a' }])
  })

  it('are published as current, next and retired, and the current one signs', async () => {
    const ring = createKeyRing({
      current: es256,
      next: keyOf('EdDSA'),
      retired: [createPublicKey(keyOf('RS256'))],
    })
    expect((await ring.list()).map(({ alg }) => alg)).toEqual(['ES256', 'EdDSA', 'RS256'])
    expect(ring.current().alg).toBe('ES256')
  })

  it.each<[string, unknown, RegExp]>([
    ['a public key', createPublicKey(es256), /`keys` is a public key/],
    ['a secret', createSecretKey(Buffer.alloc(32)), /`keys` is a secret/],
    ['a symmetric JWK', { kty: 'oct', k: 'c2VjcmV0' }, /no key that Node can read/],
    ['another curve', p384, /no known algorithm/],
    ['a weak RSA key', weak, /RSA of 2048 bits/],
    [
      'an algorithm of another key',
      { key: es256, alg: 'RS256' },
      /`keys.alg` is no algorithm of this key; expected ES256/,
    ],
    ['HMAC', { key: keyOf('RS256'), alg: 'HS256' }, /expected RS256 or PS256/],
    ['no algorithm', { key: es256, alg: 'none' }, /expected ES256/],
    ['one key twice', { current: es256, next: es256 }, /two keys have one `kid`/],
    ['an empty kid', { key: es256, kid: '' }, /`keys.kid`/],
    ['a text', 'PRIVATE', /no key/],
  ])('%s is refused at construction, without a word of the key', (_name, keys, message) => {
    expect(() => createKeyRing(keys as Keys)).toThrow(message)
  })
})
