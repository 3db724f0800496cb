// The suite has to find each fault of signed access tokens (RFC 9068), of id_tokens, userinfo and discovery (OpenID Connect).
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signing } from './conformance-target.ts'
import { type Answer, type Fault, type RightServer, type Sent, startRightServer } from './conformance-wrong-server.ts'

let server: RightServer
beforeAll(async () => {
  server = await startRightServer()
})
afterAll(() => server.close())

type Members = Readonly<Record<string, unknown>>
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const isRefresh = ({ form }: Sent): boolean => form.get('grant_type') === 'refresh_token'

/** The answer with some members changed. */
const withMembers = (given: Answer, members: Members): Answer => ({
  ...given,
  content: { ...given.content, ...members },
})

/** A server that changes some members of the successful answers of an endpoint. */
function changes(endpoint: string, members: Members): Fault {
  return async (sent, answer) => {
    const given = await answer()
    return sent.endpoint === endpoint && given.status === 200 ? withMembers(given, members) : given
  }
}

interface Signed {
  readonly header?: Members
  readonly claims?: Members
  readonly key?: KeyObject
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The same JWT with other members, signed anew. */
async function resign(jwt: string, { header = {}, claims = {}, key = signing.privateKey }: Signed): Promise<string> {
  const given = { ...decodeProtectedHeader(jwt), ...header }
  const payload = { ...decodeJwt(jwt), ...claims }
  if (given.alg === 'none') return `${encode(given)}.${encode(payload)}.`
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', ...given }).sign(key)
}

/** A server that makes one of its tokens in a wrong way. */
function signs(name: 'access_token' | 'id_token', changed: Signed, where: (sent: Sent) => boolean = () => true): Fault {
  return async (sent, answer) => {
    const given = await answer()
    const token = given.content[name]
    if (sent.endpoint !== 'token' || typeof token !== 'string' || !where(sent)) return given
    return withMembers(given, { [name]: await resign(token, changed) })
  }
}

const trusted = /^(?:9068|OIDCD?)-/

it('a correct server has no failure, and everything can be tried', async () => {
  const { results } = await server.run(undefined, trusted)
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
  expect(results).toHaveLength(31)
})

describe('JWT access tokens', () => {
  const access = (changed: Signed, where?: (sent: Sent) => boolean): Fault => signs('access_token', changed, where)
  const claims = /^9068-2.2-1 an access token has/

  it.each<[string, RegExp, Fault]>([
    ['the typ JWT', /^9068-2.1-1 the typ/, access({ header: { typ: 'JWT' } })],
    ['no typ', /^9068-2.1-1 the typ/, access({ header: { typ: undefined } })],
    ['the alg none', /^9068-2.1-1 the alg/, access({ header: { alg: 'none' } })],
    ['a key of nobody', /^9068-2.1-1 a key/, access({ key: other.privateKey })],
    ['an unknown kid', /^9068-2.1-1 a key/, access({ header: { kid: 'unknown' } })],
    ['another iss', claims, access({ claims: { iss: 'https://example.com' } })],
    ['another client_id', claims, access({ claims: { client_id: 'tv2' } })],
    ['milliseconds as iat', claims, access({ claims: { iat: 1_767_225_600_000 } })],
    ['an exp that is over', claims, access({ claims: { exp: 1 } })],
    ['a jti of all', /^9068-2.2-1 each/, access({ claims: { jti: 'same' } })],
    ['another scope', /^9068-2.2.3-1/, access({ claims: { scope: 'profile email admin' } })],
    ['no scope', /^9068-2.2.3-1/, access({ claims: { scope: undefined } })],
    ['another audience', /^9068-3-1 without/, access({ claims: { aud: 'https://example.com' } })],
    ['the audience of no resource', /^9068-3-1 aud/, access({ claims: { aud: 'https://api.example/' } })],
    ['another log-in after a refresh', /^9068-2.2.1-1/, access({ claims: { auth_time: 1 } }, isRefresh)],
  ])('a server with %s is found', async (_name, cases, fault) => {
    expect(await server.verdicts(fault, cases)).toEqual(['failed'])
  })

  it.each(['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'])('a server without %s is found', async (name) => {
    expect(await server.verdicts(access({ claims: { [name]: undefined } }), claims)).toEqual(['failed'])
  })

  it('opaque tokens, and a resource that checks nothing, are found', async () => {
    const opaque = changes('token', { access_token: 'opaque' })
    expect(await server.verdicts(opaque, /^9068-2.1-1 the typ/)).toEqual(['failed'])
    const careless: Fault = async ({ endpoint }, answer) => {
      const given = await answer()
      return endpoint === 'api' ? { ...given, status: 200 } : given
    }
    expect(await server.verdicts(careless, /^9068-4-1/)).toEqual(['failed', 'failed', 'failed'])
  })
})

describe('OpenID Connect', () => {
  const id = (changed: Signed, where?: (sent: Sent) => boolean): Fault => signs('id_token', changed, where)
  const claims = /^OIDC-2-1/

  it.each<[string, RegExp, Fault]>([
    ['another iss', claims, id({ claims: { iss: 'https://example.com' } })],
    ['another aud', claims, id({ claims: { aud: 'tv' } })],
    ['another azp', claims, id({ claims: { azp: 'tv' } })],
    ['an exp that is over', claims, id({ claims: { exp: 1 } })],
    ['an old iat', claims, id({ claims: { iat: 1 } })],
    ['a sub that is too long', claims, id({ claims: { sub: 'a'.repeat(256) } })],
    ['a sub beyond ASCII', claims, id({ claims: { sub: 'Zoë' } })],
    ['the alg none', /^OIDC-2-6/, id({ header: { alg: 'none' } })],
    [
      'an HMAC',
      /^OIDC-2-6/,
      async (sent, answer) => {
        const given = await answer()
        const { id_token } = given.content
        if (sent.endpoint !== 'token' || typeof id_token !== 'string') return given
        const [, payload = ''] = id_token.split('.')
        return withMembers(given, { id_token: `${encode({ alg: 'HS256' })}.${payload}.AAAA` })
      },
    ],
    ['a key of nobody', /^OIDC-10.1-1/, id({ key: other.privateKey })],
    ['the hash of another token', /^OIDC-3.1.3.6-1/, id({ claims: { at_hash: 'AAAA' } })],
    ['another nonce', /^OIDC-2-4 the id_token/, id({ claims: { nonce: 'other' } })],
    ['a nonce of its own', /^OIDC-2-4 without/, id({ claims: { nonce: 'other' } })],
    ['another user after a refresh', /^OIDC-12.2-1/, id({ claims: { sub: 'bob' } }, isRefresh)],
    ['another log-in after a refresh', /^OIDC-12.2-1/, id({ claims: { auth_time: 1 } }, isRefresh)],
    ['another nonce after a refresh', /^OIDC-12.2-1/, id({ claims: { nonce: 'other' } }, isRefresh)],
    ['no id_token', /^OIDC-2-2 the scope/, changes('token', { id_token: undefined })],
    ['an id_token for everybody', /^OIDC-2-2 without/, changes('token', { id_token: 'a.b.c' })],
    ['an id_token against the will', /^OIDC-2-2 if/, changes('token', { id_token: 'a.b.c' })],
    ['another user at userinfo', /^OIDC-5.3.2-1/, changes('userinfo', { sub: 'bob' })],
    ['userinfo without sub', /^OIDC-5.3-1/, changes('userinfo', { sub: undefined })],
    [
      'another issuer in its discovery',
      /^OIDCD-4-1/,
      changes('openid-configuration', { issuer: 'https://example.com' }),
    ],
    ['no jwks_uri in its discovery', /^OIDCD-3-1/, changes('openid-configuration', { jwks_uri: undefined })],
    ['text for a list', /^OIDCD-3-1/, changes('openid-configuration', { subject_types_supported: 'public' })],
    ['two documents that differ', /^OIDCD-4-2/, changes('openid-configuration', { scopes_supported: ['openid'] })],
    [
      'a private key in public',
      /^OIDCD-3-2/,
      changes('jwks', { keys: [signing.privateKey.export({ format: 'jwk' })] }),
    ],
  ])('a server with %s is found', async (_name, cases, fault) => {
    expect(await server.verdicts(fault, cases)).toEqual(['failed'])
  })

  it.each(['iss', 'sub', 'aud', 'exp', 'iat'])('an id_token without %s is found', async (name) => {
    expect(await server.verdicts(id({ claims: { [name]: undefined } }), claims)).toEqual(['failed'])
  })

  it('userinfo that answers everybody, or refuses without a challenge, is found', async () => {
    const open: Fault = async ({ endpoint }, answer) => {
      const given = await answer()
      return endpoint === 'userinfo' ? { ...given, status: 200, content: { sub: 'alice' } } : given
    }
    expect(await server.verdicts(open, /^OIDC-5.3.3-1/)).toEqual(['failed', 'failed', 'failed'])
    const silent: Fault = async ({ endpoint }, answer) => {
      const given = await answer()
      if (endpoint === 'userinfo') given.headers.delete('www-authenticate')
      return given
    }
    expect(await server.verdicts(silent, /^OIDC-5.3.3-1 .* challenge/)).toEqual(['failed'])
  })

  it('what a server may do otherwise is no failure', async () => {
    expect(await server.verdicts(id({ claims: { at_hash: undefined } }), /^OIDC-3.1.3.6-1/)).toEqual([
      'needs an id_token with at_hash',
    ])
    expect(await server.verdicts(id({ claims: { nonce: undefined } }), /^OIDC-2-4 the id_token/)).toEqual([
      'needs a server that reads nonce in the device request',
    ])
    expect(await server.verdicts(id({ claims: { aud: ['openid', 'api'] } }), claims)).toEqual(['passed'])
    const elsewhere = changes('openid-configuration', { claims_supported: undefined })
    expect(await server.verdicts(elsewhere, /^OIDCD-4-2/)).toEqual(['passed'])
    expect(await server.verdicts(elsewhere, /^OIDCD-4-2/, { profile: 'device-auth' })).toEqual(['failed'])
    const { clients, ...target } = server.target
    const { openid: _, ...without } = clients
    const { results } = await server.run(undefined, /^OIDC-5/, { ...target, clients: without })
    expect(new Set(results.map(({ message }) => message))).toEqual(new Set(['needs clients.openid']))
  })
})
