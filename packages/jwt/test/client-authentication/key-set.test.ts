import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fittingKeys, publicKeyOf, withoutUnused } from '../../src/client-authentication/key-set.ts'
import { keyOf } from '../server.ts'
import { publicJwk } from './scene.ts'

describe('a key of a key set', () => {
  const rsa = publicJwk(keyOf('RS256'))

  it('is usable if it is RSA of 2048 bits with the usual exponent', () => {
    expect(publicKeyOf(rsa)?.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 })
  })

  it('is not used if it is RSA of 1024 bits, which is weak', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    expect(publicKeyOf(publicJwk(privateKey))).toBeUndefined()
  })

  it.each([
    ['an exponent as long as the modulus', { e: rsa.n }],
    ['an exponent of five bytes', { e: 'AQAAAAE' }],
    ['a modulus of 65,536 bits', { n: Buffer.alloc(8192, 0xff).toString('base64url') }],
  ])('is not used if it has %s, which costs the server time', (_name, more) => {
    expect(publicKeyOf({ ...rsa, ...more })).toBeUndefined()
  })

  it('is remembered with the members that count, because others could be megabytes of small objects', () => {
    const junk = Array.from({ length: 20_000 }, () => ({}))
    const key = { ...rsa, kid: 'one', use: 'sig', alg: 'RS256', key_ops: ['verify'] }
    expect(withoutUnused([{ ...key, x5c: junk, other: junk, key_ops: ['verify', ...junk] }])).toEqual([key])
    expect(JSON.stringify(withoutUnused([{ ...key, x: junk, use: { junk }, key_ops: junk }])).length).toBeLessThan(1000)
  })

  it.each([
    ['use', {}],
    ['alg', ['RS256']],
    ['key_ops', {}],
    ['key_ops', [{}]],
    ['n', {}],
    ['kid', { one: 1 }],
  ])('is not used either when it is remembered if its %s is %j', (name, value) => {
    const key = { ...rsa, kid: 'one' }
    expect(fittingKeys(withoutUnused([key]), 'RS256', 'one')).toHaveLength(1)
    const wrong = { ...key, [name]: value }
    expect(fittingKeys([wrong], 'RS256', 'one')).toEqual([])
    expect(fittingKeys(withoutUnused([wrong]), 'RS256', 'one')).toEqual([])
  })

  it('is made once for each object', () => {
    expect(publicKeyOf(rsa)).toBe(publicKeyOf(rsa))
  })
})
