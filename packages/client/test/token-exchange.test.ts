import { describe, expect, it } from 'vitest'
import { authenticate, type Fetch, MemoryTokenStore, tokenKey } from '../src/index.ts'
import { exchangeToken } from '../src/token-exchange.ts'
import { answered, issuer } from './fixtures.ts'

const request = { address: `${issuer}/token`, clientId: 'cli', accessToken: 'at' }
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const narrow = { access_token: 'narrow', issued_token_type: accessTokenType, token_type: 'Bearer', expires_in: 300 }

/** A server with one answer, and the forms that it got. */
function serverOf(answer: () => Response): { readonly fetch: Fetch; readonly forms: string[] } {
  const forms: string[] = []
  const fetch: Fetch = async (_url, init) => {
    forms.push(decodeURIComponent(String(init.body)))
    return answer()
  }
  return { fetch, forms }
}

describe('exchangeToken', () => {
  it('8693-2.1-1 sends the access token and its type, with scopes, resources and audiences', async () => {
    const { fetch, forms } = serverOf(() => answered({ ...narrow, scope: 'read' }))
    const more = { scope: ['read', 'list'], resource: ['https://a.example/', 'https://b.example/'], audience: 'mail' }
    expect(await exchangeToken({ ...request, ...more }, { fetch })).toMatchObject({
      ok: true,
      accessToken: 'narrow',
      tokenType: 'Bearer',
      scope: 'read',
      headers: { Authorization: 'Bearer narrow' },
    })
    expect(forms).toEqual([
      [
        'grant_type=urn:ietf:params:oauth:grant-type:token-exchange',
        'subject_token=at',
        `subject_token_type=${accessTokenType}`,
        `requested_token_type=${accessTokenType}`,
        'scope=read+list',
        'resource=https://a.example/',
        'resource=https://b.example/',
        'audience=mail',
        'client_id=cli',
      ].join('&'),
    ])
  })

  it.each([
    ['scope: no scopes', { scope: [] }, 'option `scope` is an array; expected a string or a list of strings, none'],
    ['scope: an empty text', { scope: '' }, 'option `scope` is an empty string; expected'],
    ['scope: a blank', { scope: ' ' }, 'option `scope` is a string of 1 characters; expected'],
    ['scope: an empty text in a list', { scope: ['read', ''] }, 'option `scope` is an array; expected'],
    ['scope: a number', { scope: 5 }, 'option `scope` is 5; expected'],
    ['no resources', { resource: [] }, 'option `resource` is an array; expected'],
    ['an empty audience', { audience: '' }, 'option `audience` is an empty string; expected'],
    ['a misspelt scope', { scopes: 'read' }, 'option `scopes` is unknown; did you mean `scope`?'],
    ['a misspelt audience', { audiences: 'a' }, 'did you mean `audience`?'],
    ['a key that is no prover', { dpop: {} }, 'expected the result of createDpopProver()'],
    ['no token', { accessToken: undefined }, 'exchangeToken needs the option `accessToken`, a string.'],
    ['no address', { address: '' }, 'exchangeToken needs the option `address`, a string.'],
  ])('a request that could give a wider token than is meant throws: %s', async (_name, wrong, message) => {
    const { fetch, forms } = serverOf(() => answered(narrow))
    const thrown = await Reflect.apply(exchangeToken, undefined, [{ ...request, ...wrong }, { fetch }]).catch(
      (error: unknown) => error,
    )
    expect(thrown).toBeInstanceOf(TypeError)
    expect(String(thrown)).toContain(message)
    expect(forms).toEqual([])
  })

  it('an option that is misspelt throws', async () => {
    const call = Reflect.apply(exchangeToken, undefined, [request, { timeuot: 5 }])
    await expect(call).rejects.toThrow('exchangeToken: option `timeuot` is unknown; did you mean `timeout`?')
  })

  it.each([
    ['invalid_scope', 400],
    ['invalid_target', 400],
    ['invalid_request', 400],
    ['unsupported_grant_type', 400],
    ['unauthorized_client', 400],
    ['unsupported_grant_type', 501],
  ])('8693-2.2.2-1 a refusal is a failure that another attempt does not change: %s with %d', async (error, status) => {
    const { fetch, forms } = serverOf(() => answered({ error, error_description: 'Because' }, status))
    const result = await exchangeToken({ ...request, scope: 'read' }, { fetch })
    expect(result).toMatchObject({ ok: false, error, status, errorDescription: 'Because', retryable: false })
    expect(forms).toHaveLength(1)
  })

  it('a lost connection is a failure that may pass', async () => {
    const fetch: Fetch = () => Promise.reject(new TypeError('fetch failed'))
    expect(await exchangeToken(request, { fetch })).toMatchObject({ error: 'network_error', retryable: true })
  })

  it.each([
    ['read write', 'read', 'write'],
    ['read,write', ['read'], 'write'],
    [['read', 'admin'], ['read', 'write'], 'admin'],
  ])('6749-5.1-3 an answer with the scopes %j for %j is no narrower token', async (scope, asked, more) => {
    const { fetch } = serverOf(() => answered({ ...narrow, scope }))
    const result = await exchangeToken({ ...request, scope: asked }, { fetch })
    expect(result).toMatchObject({
      ok: false,
      error: 'not_narrowed',
      errorDescription: `The server gave scopes that were not asked for: ${more}`,
      retryable: false,
    })
    expect(JSON.stringify({ ...result })).not.toContain('"narrow"')
  })

  it('the scopes of an answer that is not narrow enough are shown without what a terminal would obey, and cut', async () => {
    const { fetch } = serverOf(() => answered({ ...narrow, scope: `read \u001b]0;x\u0007${'y'.repeat(10_000)}` }))
    const { message } = { message: '', ...(await exchangeToken({ ...request, scope: 'read' }, { fetch })) }
    expect(message).toContain('not asked for: ]0;xyyy')
    expect(message.length).toBeLessThan(600)
  })

  it.each([
    ['the same ones in another order', { scope: 'write read' }],
    ['fewer', { scope: 'read' }],
    ['those that were asked for, unsaid', {}],
  ])('an answer with these scopes is good: %s', async (_name, more) => {
    const { fetch } = serverOf(() => answered({ ...narrow, ...more }))
    expect(await exchangeToken({ ...request, scope: 'read write' }, { fetch })).toMatchObject({ ok: true })
  })

  it('leaves the kept tokens as they are, and shows no secret', async () => {
    const store = new MemoryTokenStore()
    const kept = { accessToken: 'at', tokenType: 'Bearer', refreshToken: 'rt', scope: 'read write' }
    const key = tokenKey({ issuer, clientId: 'cli' })
    await store.put(key, kept)
    const { fetch } = serverOf(() => answered({ ...narrow, scope: 'read' }))
    const result = await exchangeToken({ ...request, scope: 'read' }, { fetch })
    expect(result).toMatchObject({ ok: true })
    expect(JSON.stringify(result)).not.toContain('"narrow"')
    expect(await store.get(key)).toEqual(kept)
    expect(await authenticate(issuer, { clientId: 'cli', store, fetch })).toMatchObject({ accessToken: 'at' })
  })
})
