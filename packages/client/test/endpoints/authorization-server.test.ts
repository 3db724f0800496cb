import { describe, expect, it } from 'vitest'
import {
  AuthorizationServer,
  DEVICE_CODE_GRANT_TYPE,
  type Fetch,
  findProfile,
  type ServerOptions,
} from '../../src/index.ts'
import { answered, endpoints, issuer } from '../fixtures.ts'

const document = {
  issuer,
  device_authorization_endpoint: endpoints.deviceAuthorizationEndpoint,
  token_endpoint: endpoints.tokenEndpoint,
}

function fetchOf(...responses: readonly Response[]): { readonly fetch: Fetch; readonly urls: readonly string[] } {
  const urls: string[] = []
  const left = [...responses]
  const fetch: Fetch = async (url) => {
    urls.push(url)
    return left.shift() ?? new Response('no more responses', { status: 404 })
  }
  return { fetch, urls }
}

describe('an authorization server', () => {
  it('is asked for its metadata once, and again after a failure', async () => {
    const server = new AuthorizationServer({ issuer })
    const down = (): Response => new Response('', { status: 503 })
    const { fetch, urls } = fetchOf(down(), down(), answered(document))
    expect(await server.findEndpoints({ fetch })).toMatchObject({ ok: false, error: 'server_unavailable' })
    expect(await server.findEndpoints({ fetch })).toEqual({ ok: true, ...endpoints })
    expect(await server.findEndpoints({ fetch })).toEqual({ ok: true, ...endpoints })
    expect(urls).toHaveLength(3)
  })

  it.each<[string, ServerOptions, string | undefined]>([
    ['its issuer', { issuer: 'https://github.com' }, 'github'],
    ['its token endpoint', { tokenEndpoint: 'https://id.twitch.tv/oauth2/token' }, 'twitch'],
    ['no profile of its own', { issuer }, undefined],
  ])('has the profile of %s', (_name, options, name) => {
    expect(new AuthorizationServer(options).profile?.name).toBe(name)
  })

  it('has the profile that is given, with the endpoints below its issuer', async () => {
    const server = new AuthorizationServer({ issuer: 'https://ghes.example.com', profile: findProfile('github') })
    const { fetch, urls } = fetchOf()
    expect(await server.findEndpoints({ fetch })).toEqual({
      ok: true,
      deviceAuthorizationEndpoint: 'https://ghes.example.com/login/device/code',
      tokenEndpoint: 'https://ghes.example.com/login/oauth/access_token',
    })
    expect(urls).toEqual([])
  })

  it('keeps an endpoint that is given, and finds the others', async () => {
    const tokenEndpoint = 'https://other.example.com/token'
    const server = new AuthorizationServer({ issuer, tokenEndpoint })
    const { fetch } = fetchOf(answered(document))
    expect(await server.findEndpoints({ fetch })).toEqual({ ok: true, ...endpoints, tokenEndpoint })
  })

  it('with metadata that list the grant but no endpoint needs that endpoint as an option, and works with it', async () => {
    const { device_authorization_endpoint: deviceAuthorizationEndpoint, ...rest } = document
    const listed = { ...rest, grant_types_supported: [DEVICE_CODE_GRANT_TYPE] }
    const { fetch } = fetchOf(answered(listed), answered(listed), answered(listed))
    expect(await new AuthorizationServer({ issuer }).findEndpoints({ fetch })).toMatchObject({
      error: 'client_error',
      errorDescription: expect.stringContaining('give it as the option deviceAuthorizationEndpoint'),
    })
    const given = new AuthorizationServer({ issuer, deviceAuthorizationEndpoint })
    expect(await given.findEndpoints({ fetch: fetchOf(answered(listed)).fetch })).toEqual({ ok: true, ...endpoints })
  })

  it('with metadata that name no token endpoint needs it as an option', async () => {
    const { token_endpoint: _token, ...rest } = document
    const { fetch } = fetchOf(answered(rest), answered(rest), answered(rest))
    expect(await new AuthorizationServer({ issuer }).findEndpoints({ fetch })).toMatchObject({
      errorDescription: expect.stringContaining('tokenEndpoint'),
    })
  })

  it.each<[string, ServerOptions, RegExp]>([
    ['of a provider without this grant', { issuer: 'https://slack.com' }, /Slack/],
    ['with neither issuer nor endpoints', {}, /Neither issuer nor endpoints/],
    ['whose metadata have no device authorization endpoint', { issuer }, /does not support this grant/],
  ])('%s is a failure', async (_name, options, errorDescription) => {
    const { fetch } = fetchOf(answered({ issuer, token_endpoint: endpoints.tokenEndpoint }))
    expect(await new AuthorizationServer(options).findEndpoints({ fetch })).toMatchObject({
      error: 'client_error',
      errorDescription: expect.stringMatching(errorDescription),
    })
  })
})
