// Every example as a reader of its README runs it, with the built packages: a device and a user with a cookie sign in.
import { expect, it, vi } from 'vitest'
import { approve, freePort, json, post, printed, run, skipWithoutServer, start } from './example.ts'

vi.setConfig({ testTimeout: 120_000 })

const cases: readonly (readonly [folder: string, args: readonly string[]])[] = [
  ['koa', []],
  ['fastify', []],
  ['node-http', []],
  ['hono', []],
  ['passport', []],
  ['own-pages', []],
  ['openid', []],
  ['nest', ['express']],
  ['nest', ['fastify']],
  ['cluster', ['redis']],
  ['cluster', ['postgres']],
]

it.for(cases)('examples/%s %j signs a TV in', async ([folder, args], { task, skip }) => {
  const origin = await start(folder, args).catch(skipWithoutServer({ task, skip }))
  const codes = await json(await post(`${origin}/oauth/device_authorization`, { client_id: 'tv' }))
  expect(await approve(origin, codes.verification_uri_complete ?? '')).toContain('Device connected')
  const { access_token } = await json(
    await post(`${origin}/oauth/token`, {
      client_id: 'tv',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: codes.device_code ?? '',
    }),
  )
  const me = (headers: Record<string, string>): Promise<Response> => fetch(`${origin}/api/me`, { headers })
  expect(await json(await me({ authorization: `Bearer ${access_token}` }))).toEqual({ name: 'ada' })
  expect((await me({})).headers.get('www-authenticate')).toContain('Bearer realm=')
  const metadata = await fetch(`${origin}/.well-known/oauth-authorization-server/oauth`)
  expect((await json(metadata)).issuer).toBe(`${origin}/oauth`)

  for (const return_to of ['//evil.example/oauth/device', 'https://evil.example/oauth/device', '/oauth/device"><b>']) {
    const { headers } = await post(`${origin}/login`, { name: 'ada', return_to })
    expect(headers.get('location'), return_to).toBe('/oauth/device')
  }
})

it('examples/openid: a second service that knows the issuer alone verifies the id_token, and no other text', async () => {
  const origin = await start('openid', [])
  const port = String(await freePort())
  const service = run('openid', ['node', 'service.js'], { PORT: port, ISSUER: `${origin}/oauth` })
  await printed(service, 'Send an id_token:')
  const codes = await json(await post(`${origin}/oauth/device_authorization`, { client_id: 'tv' }))
  await approve(origin, codes.verification_uri_complete ?? '')
  const form = {
    client_id: 'tv',
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: codes.device_code ?? '',
  }
  const { id_token, access_token } = await json(await post(`${origin}/oauth/token`, form))
  const verify = (body = ''): Promise<Response> => fetch(`http://localhost:${port}`, { method: 'POST', body })
  expect(await json(await verify(id_token))).toMatchObject({
    iss: `${origin}/oauth`,
    sub: 'ada',
    aud: 'tv',
    name: 'ada',
  })
  expect((await verify(access_token)).status).toBe(400)
})
