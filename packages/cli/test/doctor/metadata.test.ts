import { describe, expect, it } from 'vitest'
import { checkMetadata } from '../../src/doctor/metadata.ts'
import { answer, deviations, issuer } from './answers.ts'

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
  it('finds nothing in correct metadata', () => {
    expect(deviations(checkMetadata(issuer, answer(metadata)))).toEqual([])
  })

  it.each([
    [{ device_authorization_endpoint: undefined }, 'problem: device_authorization_endpoint is missing'],
    [
      { token_endpoint: 'http://as.example.com/token' },
      'problem: token_endpoint is not https: http://as.example.com/token',
    ],
    [{ token_endpoint: 'token' }, 'problem: token_endpoint is not a URL: token'],
    [{ token_endpoint: `${issuer}/token#x` }, `problem: token_endpoint has a fragment: ${issuer}/token#x`],
    [
      { grant_types_supported: [] },
      'problem: grant_types_supported does not include urn:ietf:params:oauth:grant-type:device_code',
    ],
    [
      { grant_types_supported: undefined },
      'warning: grant_types_supported is missing: its default does not include the device grant',
    ],
    [{ response_types_supported: undefined }, 'warning: response_types_supported is missing'],
    [{ revocation_endpoint: undefined }, 'warning: revocation_endpoint is missing: signing out cannot revoke tokens'],
    [
      { token_endpoint_auth_methods_supported: ['client_secret_basic'] },
      'warning: token_endpoint_auth_methods_supported does not include none, but most devices have no secret',
    ],
    [
      { issuer: 'https://sso.example.com' },
      `problem: The metadata names the issuer https://sso.example.com instead of ${issuer}: login refuses it. If that is the server you mean, pass it as --issuer`,
    ],
    [{ issuer: undefined }, 'problem: issuer is missing'],
    [
      { token_endpoint: 'https://ada:pw@as.example.com/token' },
      'problem: token_endpoint contains a user name or a password',
    ],
    [
      { token_endpoint: 'http://127.example.com/token' },
      'problem: token_endpoint is not https: http://127.example.com/token',
    ],
    [
      { issuer: `${issuer}/` },
      `warning: The metadata names the issuer ${issuer}/ instead of ${issuer}: strict clients refuse it`,
    ],
  ])('%j', (change, expected) => {
    expect(deviations(checkMetadata(issuer, answer({ ...metadata, ...change })))).toEqual([expected])
  })

  it('metadata below the path of the issuer, with another Content-Type', () => {
    const url = `${issuer}/.well-known/oauth-authorization-server`
    const found = deviations(
      checkMetadata(issuer, answer(metadata, { url, headers: new Headers({ 'content-type': 'text/html' }) })),
    )
    expect(found).toEqual([
      `warning: Metadata found at ${url}: clients that look only at the root of the host do not find it`,
      'warning: The Content-Type of the metadata is text/html, not application/json',
    ])
  })
})
