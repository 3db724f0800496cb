// Every example as a reader of its README runs it, with the built packages: a device and a user with a cookie sign in.
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { approve, json, post, printed, run, skipWithoutServer, start } from './example.ts'
import { freePort } from './free-port.ts'

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

it('examples/spa: a page on another origin approves by JSON, and no page of a third origin can', async () => {
  const [port, appPort] = [await freePort(), await freePort()]
  const [origin, app] = [`http://localhost:${port}`, `http://localhost:${appPort}`]
  const example = run('spa', ['npm', 'start', '--silent'], { PORT: String(port), APP_PORT: String(appPort) })
  expect(await printed(example, 'As its user:')).toContain(`As its user:   ${app}/`)
  const codes = await json(await post(`${origin}/oauth/device_authorization`, { client_id: 'tv' }))
  expect(codes.verification_uri_complete).toBe(`${app}/?user_code=${codes.user_code}`)
  const page = await fetch(codes.verification_uri_complete ?? '')
  expect(page.headers.get('content-security-policy')).toContain(`connect-src ${origin}; frame-ancestors 'none'`)
  expect(await page.text()).toContain(`content="${origin}"`)

  const loggedIn = await post(`${origin}/login`, { name: 'ada', user_code: codes.user_code ?? '' })
  expect(loggedIn.headers.get('location')).toBe(codes.verification_uri_complete)
  const cookie = loggedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const call = (path: string, fields: Record<string, string>, from = app, session = cookie): Promise<Response> =>
    fetch(`${origin}/oauth/device${path}`, {
      method: 'POST',
      headers: { origin: from, cookie: session, 'content-type': 'application/json' },
      body: JSON.stringify(fields),
    })
  const typed = { user_code: codes.user_code ?? '' }
  expect(await json(await call('/present', typed, app, ''))).toEqual({ page: 'login' })
  expect((await call('/present', typed, 'https://evil.example')).status).toBe(403)
  const shown = await call('/present', typed)
  expect(shown.headers.get('access-control-allow-origin')).toBe(app)
  const { handle = '' } = await json(shown)
  // the server takes no approval within a second of the page
  await wait(1100)
  const answer = { handle, action: 'approve', own_device: 'yes', workspace: 'work' }
  expect(await json(await call('/decide', answer))).toMatchObject({ page: 'done', clientName: 'Living-room TV' })
  const form = {
    client_id: 'tv',
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: codes.device_code ?? '',
  }
  const { access_token } = await json(await post(`${origin}/oauth/token`, form))
  const me = await fetch(`${origin}/api/me`, { headers: { authorization: `Bearer ${access_token}` } })
  expect(await json(me)).toEqual({ name: 'ada', workspace: 'work' })
})
