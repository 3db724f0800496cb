import { strict as assert } from 'node:assert'
import { pathsAtRoot } from './echo.ts'
import { type AdapterCase, type AdapterScene, adapterCase, echoOf } from './scene.ts'
import { requestText } from './wire.ts'

/** The paths where the metadata is: below the issuer and, with the issuer's path at the end, at the root of the host. */
function metadataPaths<Native>({ prefix, atRoot }: AdapterScene<Native>): readonly string[] {
  const names = ['oauth-authorization-server', 'openid-configuration']
  return [...names.map((name) => `${prefix}/.well-known/${name}`), ...(atRoot ? pathsAtRoot : [])]
}

/** The metadata, at the paths of RFC 8414 and of OpenID Connect Discovery. */
export const metadataCases: readonly AdapterCase[] = [
  adapterCase('8414-3-1 serves the metadata below the issuer and at the root of the host', async (scene) => {
    for (const path of metadataPaths(scene)) {
      const response = await scene.send('GET', path)
      assert.equal(response.status, 200, path)
      const echo = echoOf(response)
      assert.equal(echo.method, 'GET')
      assert.ok(path.endsWith(echo.path), `${path} reaches the endpoint of ${echo.path}`)
    }
  }),

  adapterCase('F-60 answers HEAD at the paths of the metadata with headers alone', async (scene) => {
    for (const path of metadataPaths(scene)) {
      const wire = scene.connect()
      wire.write(requestText('HEAD', path) + requestText('GET', path))
      const head = await wire.response({ head: true })
      assert.equal(head?.status, 200, path)
      assert.ok(Number(head?.headers['content-length']) > 0, 'the length of the body that GET has')
      // the next response follows at once, so there was no body between them
      const got = await wire.response()
      assert.equal(got?.status, 200, path)
      assert.equal(head?.headers['content-type'], got?.headers['content-type'], path)
      wire.close()
    }
  }),

  adapterCase('F-60 answers other methods at the paths of the metadata with 405 and Allow', async (scene) => {
    for (const path of metadataPaths(scene)) {
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
        const { status, headers } = await scene.send(method, path)
        assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], `${method} ${path}`)
      }
    }
    assert.deepEqual(scene.seen, [])
  }),

  adapterCase(
    'F-60 a request that has the type of JSON and no body is answered 405, not refused for its body',
    async (scene) => {
      for (const path of [scene.token, ...metadataPaths(scene)]) {
        for (const method of ['PUT', 'DELETE', 'PATCH']) {
          const { status } = await scene.send(method, path, '', { 'content-type': 'application/json' })
          assert.equal(status, 405, `${method} ${path}`)
        }
      }
    },
  ),
]
