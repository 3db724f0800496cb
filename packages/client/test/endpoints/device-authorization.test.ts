import { describe, expect, it } from 'vitest'
import { type Fetch, requestDeviceAuthorization } from '../../src/index.ts'
import { answered, codes, issuer } from '../fixtures.ts'
import { named, scene } from '../flow/scene.ts'

describe('a device authorization response', () => {
  it.each([
    ['no device_code', { device_code: undefined }],
    ['an empty user_code', { user_code: '' }],
    ['no verification_uri', { verification_uri: undefined }],
    ['a script as address', { verification_uri: 'javascript:alert(1)' }],
    ['a password in the address', { verification_uri: 'https://a:b@as.example.com' }],
    ['an unencrypted address', { verification_uri: 'http://as.example.com' }],
    ['expires_in 0', { expires_in: 0 }],
    ['expires_in true', { expires_in: true }],
    ['no expires_in', { expires_in: undefined }],
  ])('is refused with %s', async (_name, more) => {
    const { flow, server } = scene({ codes: [{ json: { ...codes, ...more } }] })
    const result = await flow.grant()
    expect(result).toMatchObject({ ok: false, error: 'invalid_response', retryable: false })
    expect(!result.ok && result.message).toContain(Object.keys(more)[0])
    expect(await flow.finished()).toMatchObject({ outcome: 'misconfigured' })
    // the server would answer the same again
    expect(server.codes).toHaveLength(1)
  })

  it.each([['/device'], ['example.com/activate'], [null], [42], ['']])(
    'with the verification_uri %j: the message shows it',
    async (verification_uri) => {
      const { flow } = scene({ codes: [{ json: { ...codes, verification_uri } }] })
      const result = await flow.grant()
      expect(!result.ok && result.message).toContain(
        `verification_uri (${JSON.stringify(verification_uri)} is not an https address)`,
      )
    },
  )

  it.each([
    ['an object', '{"href":"https://as.example.com"}'],
    ['lists in lists, deeper than the stack', '['.repeat(60_000) + ']'.repeat(60_000)],
  ])('with %s as verification_uri is a failure, and nothing is thrown', async (_name, uri) => {
    const text = `{"device_code":"dc","user_code":"BCDF","expires_in":600,"verification_uri":${uri}}`
    const result = await requestDeviceAuthorization(
      { address: issuer, clientId: 'tv' },
      { fetch: async () => new Response(text) },
    )
    expect(result).toMatchObject({ ok: false, error: 'invalid_response', retryable: false })
    expect(!result.ok && result.message).toContain('verification_uri (an object is not an https address)')
  })

  it('of something else than the server is asked for again', async () => {
    const { flow, clock, server } = scene({ codes: [{ json: { hello: 'portal' } }, { json: codes }] })
    expect(await clock.until(flow.getDeviceCode())).toMatchObject({ ok: true })
    expect(server.codes).toHaveLength(2)
  })

  it('F-50 shows texts without the characters that a terminal would obey', async () => {
    const evil = '\u001b[2J\u202e\u200b\u0007'
    const json = { ...codes, user_code: `AB${evil}CD`, message: `Go${evil}`, verification_uri: `${issuer}/${evil}d` }
    const { flow, events } = scene({ codes: [{ json }] })
    await flow.getDeviceCode()
    expect(named(events, 'authorizeWithUserCode')).toMatchObject([
      { userCode: 'AB[2JCD', message: 'Go[2J', verificationUri: `${issuer}/[2Jd` },
    ])
  })

  it('an address that holds a long token is not cut, because it would lead elsewhere', async () => {
    const complete = `${issuer}/device?token=${'x'.repeat(4000)}`
    const fetch: Fetch = async () => answered({ ...codes, verification_uri_complete: complete })
    const result = await requestDeviceAuthorization({ address: issuer, clientId: 'tv' }, { fetch })
    expect(result).toMatchObject({ ok: true, verificationUriComplete: complete })
  })

  it('a user code has no blanks around it, and is not of blanks alone', async () => {
    const fetch =
      (user_code: string): Fetch =>
      async () =>
        answered({ ...codes, user_code })
    const request = { address: issuer, clientId: 'tv' }
    const padded = await requestDeviceAuthorization(request, { fetch: fetch(' BCDF-GHJK\u200f ') })
    expect(padded).toMatchObject({ ok: true, userCode: 'BCDF-GHJK' })
    expect(await requestDeviceAuthorization(request, { fetch: fetch('   ') })).toMatchObject({ ok: false })
  })

  it('a user code that is too long for a screen is cut', async () => {
    const fetch: Fetch = async () => answered({ ...codes, user_code: 'A'.repeat(1_000_00) })
    const result = await requestDeviceAuthorization({ address: issuer, clientId: 'tv' }, { fetch })
    expect(result.ok && result.userCode.length).toBe(100)
  })
})
