import { describe, expect, it } from 'vitest'
import { checkMetadata } from '../../src/doctor/metadata.ts'
import { answer, issuer, not } from './answers.ts'

const metadata = {
  issuer,
  device_authorization_endpoint: `${issuer}/device_authorization`,
  token_endpoint: `${issuer}/token`,
  revocation_endpoint: `${issuer}/revoke`,
  grant_types_supported: ['urn:ietf:params:oauth:grant-type:device_code'],
  response_types_supported: [],
  token_endpoint_auth_methods_supported: ['none'],
}

describe('checkMetadata', () => {
  it('has nothing to say of what is right', () => {
    expect(not(checkMetadata(issuer, answer(metadata)))).toEqual([])
  })

  it.each([
    [{ device_authorization_endpoint: undefined }, 'problem: There is no device_authorization_endpoint'],
    [
      { token_endpoint: 'http://as.example.com/token' },
      'problem: The token_endpoint is not https: http://as.example.com/token',
    ],
    [{ token_endpoint: 'token' }, 'problem: The token_endpoint is not a URL: token'],
    [{ token_endpoint: `${issuer}/token#x` }, `problem: The token_endpoint has a fragment: ${issuer}/token#x`],
    [
      { grant_types_supported: [] },
      'problem: grant_types_supported does not name urn:ietf:params:oauth:grant-type:device_code',
    ],
    [
      { grant_types_supported: undefined },
      'warning: grant_types_supported is missing: its default has no device grant',
    ],
    [{ response_types_supported: undefined }, 'warning: response_types_supported is missing'],
    [{ revocation_endpoint: undefined }, 'warning: There is no revocation_endpoint: signing out cannot end tokens'],
    [
      { token_endpoint_auth_methods_supported: ['client_secret_basic'] },
      'warning: Clients without a secret are not announced, as devices mostly are',
    ],
    [
      { issuer: `${issuer}/` },
      `warning: The issuer is ${issuer}/, another text than ${issuer}: strict clients refuse it`,
    ],
  ])('%j', (change, expected) => {
    expect(not(checkMetadata(issuer, answer({ ...metadata, ...change })))).toEqual([expected])
  })

  it('another place, another type', () => {
    const url = `${issuer}/.well-known/oauth-authorization-server`
    const found = not(
      checkMetadata(issuer, answer(metadata, { url, headers: new Headers({ 'content-type': 'text/html' }) })),
    )
    expect(found).toEqual([
      `warning: Metadata: ${url}, which clients that look at the root of the host do not find`,
      'warning: The metadata are sent as text/html, not application/json',
    ])
  })
})
