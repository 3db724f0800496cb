import { afterEach, describe, expect, it, vi } from 'vitest'
import { watchMount } from '../../src/adapters/mount-watch.ts'
import { deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'

function serverAt(issuer: string) {
  return createDeviceAuth({ issuer, clients: [deviceClient({ client_id: 'tv' })] })
}

/** The warnings for requests, each a target as it was sent and the path below the mount point. */
function warningsOf(
  issuer: string,
  requests: readonly (readonly [string | undefined, string])[],
  prefix?: string,
): readonly string[] {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const watch = watchMount(serverAt(issuer), (mount) => `mount('${mount}')`, prefix)
  for (const [target, path] of requests) watch(target, path)
  return emit.mock.calls.map(([warning]) => String(warning))
}

describe('the mount point', () => {
  afterEach(() => vi.restoreAllMocks())

  it.each([
    ['https://example.com/oauth', '/oauth/token', '/token'],
    ['https://example.com/oauth/', '/oauth/token?a=/b', '/token'],
    ['https://example.com', '/token', '/token'],
    ['https://example.com/api/oauth', 'http://example.com/api/oauth/device', '/device'],
  ])('with the issuer %s, a request for %s is where it has to be', (issuer, target, path) => {
    expect(warningsOf(issuer, [[target, path]])).toEqual([])
  })

  it.each([
    ['another mount point', 'https://example.com/oauth', '/auth/token', '/token', '/auth', '/oauth'],
    ['a mount point for an issuer without a path', 'https://example.com', '/auth/token', '/token', '/auth', '/'],
    ['no mount point', 'https://example.com/oauth', '/oauth/token', '/oauth/token', '/', '/oauth'],
    ['a part of the mount point', 'https://example.com/api/oauth', '/oauth/token', '/token', '/oauth', '/api/oauth'],
  ])('%s: is warned of once, with both paths and what to write', (_, issuer, target, path, mount, expected) => {
    const warnings = warningsOf(issuer, [
      ['/other', '/other'],
      [target, path],
      [target, path],
    ])
    expect(warnings).toHaveLength(1)
    const text = `The endpoints are at ${mount}, but the path of the issuer ${issuer} is ${expected}, where devices look for them`
    expect(warnings[0]).toContain(
      `${text}: write mount('${expected}') on the outermost application, or set an issuer with the path ${mount}.`,
    )
  })

  it('is warned of where it is given twice, to the framework and to the adapter', () => {
    const twice = warningsOf('https://example.com/oauth', [['/oauth/token', '/token']], '/oauth')
    expect(twice).toEqual([expect.stringContaining('The endpoints are at /oauth/oauth, but')])
  })

  it.each(['/token', '/device', '/devices'])(
    'is not judged by %s, which the application has at its own root',
    (path) => {
      const requests = [
        [path, path],
        ['/oauth/token', '/oauth/token'],
      ] as const
      expect(warningsOf('https://example.com/oauth', requests, '/oauth')).toEqual([])
    },
  )

  it('is judged at construction where the adapter knows it', () => {
    expect(warningsOf('https://example.com/oauth', [], '/auth')).toHaveLength(1)
  })

  it('may have more in front of it than the adapter knows', () => {
    expect(warningsOf('https://example.com/api/oauth', [['/api/oauth/token', '/oauth/token']], '/oauth')).toEqual([])
  })

  it('is warned of where a request has the whole path and the adapter knows a part of it', () => {
    const part = warningsOf('https://example.com/api/oauth', [['/api/oauth/token', '/api/oauth/token']], '/oauth')
    expect(part).toEqual([expect.stringContaining('The endpoints are at /oauth, but')])
  })

  describe('where only the path is known, as with a Request', () => {
    const oauth = 'https://example.com/oauth'

    it.each([
      ['the handler has the prefix', oauth, '/oauth/token', '/oauth'],
      ['the framework has taken the mount point away', oauth, '/token', ''],
      ['the framework has taken a part of it away', 'https://example.com/api/oauth', '/oauth/token', '/oauth'],
      ['the issuer has no path', 'https://example.com', '/token', ''],
      ['a path of the application ends as one of the endpoints', oauth, '/other/token', '/oauth'],
      ['a client tries metadata of the host', oauth, '/.well-known/openid-configuration', '/oauth'],
    ])('there is no warning: %s', (_, issuer, path, prefix) => {
      expect(warningsOf(issuer, [[undefined, path]], prefix)).toEqual([])
    })

    it.each([
      ['no prefix', oauth, '/oauth/token', ''],
      ['a part of the path as prefix', 'https://example.com/api/oauth', '/api/oauth/token', '/oauth'],
    ])('is warned of by the request that finds nothing: %s', (_, issuer, path, prefix) => {
      const requests = [[undefined, '/token'] as const, [undefined, path] as const]
      const warnings = warningsOf(issuer, prefix === '' ? requests : requests.slice(1), prefix)
      expect(warnings).toEqual([expect.stringContaining(`The endpoints are at ${prefix || '/'}, but the path`)])
    })

    it('is warned of where the framework takes the mount point away and the handler has it as prefix', () => {
      const warnings = warningsOf(
        oauth,
        [
          [undefined, '/token'],
          [undefined, '/token'],
        ],
        '/oauth',
      )
      expect(warnings).toEqual([expect.stringMatching(/a request for \/token came without this prefix .* leave out/)])
    })

    it.each([
      ['https://example.com/app/oauth', '/app/oauth', '/oauth/token', "write { prefix: '/oauth' }"],
      ['https://example.com/a/b/oauth', '/a/b/oauth', '/b/oauth/token', "write { prefix: '/b/oauth' }"],
      ['https://example.com/a/b/oauth', '/a/b/oauth', '/token', 'leave out the option `prefix`'],
    ])('is warned of where the framework takes a part of the prefix away: %s', (issuer, prefix, path, remedy) => {
      expect(warningsOf(issuer, [[undefined, path]], prefix)).toEqual([expect.stringContaining(remedy)])
    })

    it('is known from the first request with the prefix on', () => {
      expect(
        warningsOf(
          oauth,
          [
            [undefined, '/oauth/token'],
            [undefined, '/token'],
          ],
          '/oauth',
        ),
      ).toEqual([])
    })
  })
})
