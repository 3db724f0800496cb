// The suite has to find each rule about resources (RFC 8707) and details (RFC 9396) that a server forgets.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fault, type RightServer, type Sent, startRightServer } from './conformance-wrong-server.ts'

let server: RightServer
beforeAll(async () => {
  server = await startRightServer()
})
afterAll(() => server.close())

const isTokenRequest = ({ endpoint }: Sent): boolean => endpoint === 'token'
const isDeviceRequest = ({ endpoint }: Sent): boolean => endpoint === 'device_authorization'
const isRefresh = ({ form }: Sent): boolean => form.get('grant_type') === 'refresh_token'

/** A server that does not read a parameter of some requests. */
function ignores(parameter: string, where: (sent: Sent) => boolean): Fault {
  return (sent, answer) => {
    if (where(sent)) sent.form.delete(parameter)
    return answer()
  }
}

/** A server that leaves out the values of `resource` that it should refuse. */
function skips(isWrong: (resource: string) => boolean, where: (sent: Sent) => boolean): Fault {
  return (sent, answer) => {
    const { form } = sent
    const right = form.getAll('resource').filter((one) => !isWrong(one))
    if (where(sent)) {
      form.delete('resource')
      for (const one of right) form.append('resource', one)
    }
    return answer()
  }
}

/** A server that changes or leaves out a member of some answers. */
function changes(endpoint: string, name: string, value: unknown, where: (sent: Sent) => boolean = () => true): Fault {
  return async (sent, answer) => {
    const given = await answer()
    if (sent.endpoint !== endpoint || given.status !== 200 || !where(sent)) return given
    return { ...given, content: { ...given.content, [name]: value } }
  }
}

/** A server that spends a code or a refresh token although it refuses the request. */
function spends(): Fault {
  const spent = new Set<string>()
  return async ({ form }, answer) => {
    const code = form.get('device_code') ?? form.get('refresh_token') ?? ''
    const given = await answer()
    const isSpent = spent.has(code)
    if (/^invalid_(?:target|authorization_details)$/.test(String(given.content.error))) spent.add(code)
    return isSpent ? { ...given, status: 400, content: { error: 'invalid_grant' } } : given
  }
}

const isRelative = (resource: string): boolean => resource.startsWith('/')
const isUnknown = (resource: string): boolean => resource.includes('unknown.example')

describe('resources', () => {
  it('a correct server has no failure, and everything can be tried', async () => {
    const { results } = await server.run(undefined, /^8707-/)
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(results).toHaveLength(17)
  })

  it.each<[string, RegExp, Fault]>([
    ['a relative URI', /^8707-2-1 a relative URI as/, skips(isRelative, isDeviceRequest)],
    ['a relative URI at a poll', /^8707-2-1 a relative URI in a token/, skips(isRelative, isTokenRequest)],
    ['a fragment', /^8707-2-1 a URI with a fragment as/, skips((one) => one.includes('#'), isDeviceRequest)],
    ['a fragment at a poll', /^8707-2-1 a URI with a fragment in/, skips((one) => one.includes('#'), isTokenRequest)],
    ['any text', /^8707-2-1 a text that is no URI as/, skips((one) => one.includes(' '), isDeviceRequest)],
    ['any text at a poll', /^8707-2-1 a text that is no URI in/, skips((one) => one.includes(' '), isTokenRequest)],
    ['a wrong one beside a right one', /^8707-2-2 a wrong/, skips(isRelative, isDeviceRequest)],
    ['one that was not asked for', /^8707-2.2-1 a token request for a res/, ignores('resource', isTokenRequest)],
    ['a wider one at a refresh', /^8707-2.2-2 a refresh gives/, changes('introspect', 'aud', 'https://music.example/')],
  ])('a server that accepts %s is found', async (_name, cases, fault) => {
    const refreshed = cases.source.includes('refresh') ? [ignores('resource', isRefresh), fault] : [fault]
    const both: Fault = (sent, answer) =>
      refreshed.reduce<() => ReturnType<typeof answer>>((inner, one) => () => one(sent, inner), answer)()
    expect(await server.verdicts(both, cases)).toEqual(['failed'])
  })

  it.each<[string, RegExp, Fault]>([
    [
      'refuses two',
      /^8707-2-2 a request may/,
      async ({ form }, answer) => {
        if (form.getAll('resource').length > 1) form.set('resource', '/none')
        return answer()
      },
    ],
    ['does not narrow a token', /^8707-2.2-1 a token request may/, ignores('resource', isTokenRequest)],
    ['gives no audience', /^8707-2.2-2 the audience/, changes('introspect', 'aud', undefined)],
    ['gives another audience', /^8707-2.2-2 the audience/, changes('introspect', 'aud', 'https://api.example/')],
    ['has one audience for all refreshes', /^8707-2.2-2 a refresh may/, ignores('resource', isRefresh)],
    ['spends the code of a refused request', /^8707-2.2-1 a code stays/, spends()],
    ['spends the refresh token of a refused request', /^8707-2.2-2 a refresh token stays/, spends()],
  ])('a server that %s is found', async (_name, cases, fault) => {
    expect(await server.verdicts(fault, cases)).toEqual(['failed'])
  })

  it('a server that takes any resource is found if the target names an unknown one', async () => {
    const fault = skips(isUnknown, (sent) => isDeviceRequest(sent) || isTokenRequest(sent))
    const unknown = /^8707-\S+ .*(?:nobody may ask|unknown resource)/
    const named = { unknownResource: 'https://unknown.example/other' }
    expect(await server.verdicts(fault, unknown, named)).toEqual(['failed', 'failed'])
    const reason = 'needs target.unknownResource; this server takes any resource'
    expect(await server.verdicts(fault, unknown)).toEqual([reason, reason])
  })

  it('what cannot be tried is skipped and says why', async () => {
    const one = { resources: ['https://photos.example/'] }
    const { results } = await server.run(undefined, /^8707-/, one)
    const skipped = results.filter(({ status }) => status === 'skipped')
    expect(new Set(skipped.map(({ message }) => message))).toEqual(new Set(['needs two resources in target.resources']))
    expect(skipped).toHaveLength(5)
    const blind = changes('introspect', 'active', false)
    expect(await server.verdicts(blind, /^8707-2.2-2 the audience/)).toEqual([
      'needs introspection by a client that may see tokens for target.resources',
    ])
    const without = await server.run(undefined, /^8707-/, { resources: [] })
    expect(new Set(without.results.map(({ status }) => status))).toEqual(new Set(['skipped']))
  })
})

describe('details', () => {
  const read = { type: 'conformance', actions: ['read'] }
  const write = { type: 'conformance', actions: ['write'] }

  it('a correct server has no failure, and everything can be tried', async () => {
    const { results } = await server.run(undefined, /^9396-/)
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(results).toHaveLength(16)
  })

  /** A server that reads the details of these requests as if they were right ones. */
  const accepts =
    (isWrong: (details: string) => boolean, where: (sent: Sent) => boolean): Fault =>
    (sent, answer) => {
      const details = sent.form.get('authorization_details')
      if (details !== null && isWrong(details) && where(sent))
        sent.form.set('authorization_details', JSON.stringify([read]))
      return answer()
    }
  const asksForBoth = (details: string): boolean => details.includes('read') && details.includes('write')

  it.each<[string, RegExp, Fault]>([
    ['an unknown type', /of an unknown type get/, accepts((text) => text.includes('unknown'), isDeviceRequest)],
    [
      'an unknown type beside a right one',
      /unknown type beside/,
      accepts((text) => text.includes('unknown'), isDeviceRequest),
    ],
    ['text that is no JSON', /are no JSON/, accepts((text) => text === '[{', isDeviceRequest)],
    ['a single object', /are no list/, accepts((text) => text.startsWith('{'), isDeviceRequest)],
    ['a detail without a type', /without a type/, accepts((text) => !text.includes('type'), isDeviceRequest)],
    ['a type that is no text', /is no text/, accepts((text) => text.includes(':7'), isDeviceRequest)],
  ])('a server that accepts %s is found', async (_name, cases, fault) => {
    expect(await server.verdicts(fault, cases)).toEqual(['failed'])
  })

  it.each<[string, RegExp, Fault]>([
    [
      'refuses a right detail',
      /^9396-2-1/,
      (sent, answer) => {
        if (isDeviceRequest(sent)) sent.form.set('authorization_details', '7')
        return answer()
      },
    ],
    ['returns no details', /^9396-7-1 the token/, changes('token', 'authorization_details', undefined)],
    ['returns other details', /^9396-7-1 the token/, changes('token', 'authorization_details', [write])],
    ['returns more details', /^9396-7-1 the token/, changes('token', 'authorization_details', [read, write])],
    [
      'returns no details at a refresh',
      /^9396-7-1 the answer/,
      changes('token', 'authorization_details', undefined, isRefresh),
    ],
    ['tells other details at introspection', /^9396-9.2-1/, changes('introspect', 'authorization_details', [write])],
    ['does not narrow', /^9396-6-1 a token request may/, ignores('authorization_details', isTokenRequest)],
    ['names other types', /^9396-10-1/, changes('oauth', 'authorization_details_types_supported', ['payment'])],
    ['spends the code of a refused request', /^9396-6-1 a code stays/, spends()],
  ])('a server that %s is found', async (_name, cases, fault) => {
    expect(await server.verdicts(fault, cases)).toEqual(['failed'])
  })

  it.each([
    ['a token request', /^9396-6-1 a token request for more/, isTokenRequest],
    ['a refresh', /^9396-6-1 a refresh/, isRefresh],
  ] as const)('a server that widens the grant at %s is found', async (_name, cases, where) => {
    const widens: Fault = async (sent, answer) => {
      const isWide = asksForBoth(sent.form.get('authorization_details') ?? '') && where(sent)
      const given = await accepts(asksForBoth, where)(sent, answer)
      return isWide ? { ...given, content: { ...given.content, authorization_details: [read, write] } } : given
    }
    expect(await server.verdicts(widens, cases)).toEqual(['failed'])
    // to leave it out is right, if the answer says so
    expect(await server.verdicts(accepts(asksForBoth, where), cases)).toEqual(['passed'])
    const silent: Fault = async (sent, answer) => {
      const given = await accepts(asksForBoth, where)(sent, answer)
      return { ...given, content: { ...given.content, authorization_details: undefined } }
    }
    expect(await server.verdicts(silent, cases)).toEqual(['failed'])
  })

  it('what a server may do otherwise is no failure', async () => {
    // the account that the user chose
    const enriched = changes('token', 'authorization_details', [{ ...read, account: '7' }])
    expect(await server.verdicts(enriched, /^9396-7-1 the token/)).toEqual(['passed'])
    const silent = changes('introspect', 'authorization_details', undefined)
    expect(await server.verdicts(silent, /^9396-9.2-1/)).toEqual([
      'needs introspection that tells authorization_details',
    ])
    const one = { authorizationDetails: [read] }
    const { results } = await server.run(undefined, /^9396-6-1/, one)
    expect(results.map(({ message }) => message)).toEqual([
      ...Array(4).fill('needs two details in target.authorizationDetails'),
    ])
  })
})
