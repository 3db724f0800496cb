import { expect, it } from 'vitest'
import { idTokenVerifier } from '../src/jose.ts'
import { answered, issuer } from './fixtures.ts'

it.each([
  ['as an option', { jwksUri: 'http://as.example.com/jwks' }],
  ['in the metadata', { fetch: async () => answered({ issuer, jwks_uri: 'http://as.example.com/jwks' }) }],
])('keys of an address that is not secure, given %s, are not requested', async (_name, more) => {
  const verify = idTokenVerifier({ issuer, clientId: 'tv', ...more })
  await expect(verify('a.b.c')).rejects.toThrow('The address of the keys is not an https URL.')
})
