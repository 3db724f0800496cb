import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blocksOf } from './scripts/readme-blocks.ts'

/** The exports of the quick start, after a change that makes it export its server. */
interface QuickStart {
  readonly server: import('node:http').Server
}

const file = fileURLToPath(new URL('.generated/quick-start.ts', import.meta.url))
const grantType = 'urn:ietf:params:oauth:grant-type:device_code'

describe('the quick start of the README', () => {
  let server: QuickStart['server'] | undefined
  let origin = ''

  beforeAll(async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
    const [block] = blocksOf('README.md', readme)
    const code = block?.code ?? ''
    expect(code.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(16)
    await mkdir(fileURLToPath(new URL('.generated', import.meta.url)), { recursive: true })
    await writeFile(file, code.replace('app.listen(3000)', 'export const server = app.listen(0)'))
    const quickStart: QuickStart = await import(file)
    server = quickStart.server
    if (!server.listening) await new Promise((resolve) => server?.once('listening', resolve))
    origin = `http://localhost:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server?.close())

  function post(path: string, form: Record<string, string>): Promise<Response> {
    return fetch(origin + path, { method: 'POST', body: new URLSearchParams(form) })
  }

  it('answers a device authorization request and a poll', async () => {
    const response = await post('/oauth/device_authorization', { client_id: 'tv' })
    const codes = (await response.json()) as Record<string, unknown>
    expect(codes).toMatchObject({
      verification_uri: 'http://localhost:3000/oauth/device',
      expires_in: 600,
      interval: 5,
    })
    const poll = await post('/oauth/token', {
      client_id: 'tv',
      grant_type: grantType,
      device_code: String(codes.device_code),
    })
    expect(await poll.json()).toMatchObject({ error: 'authorization_pending' })
  })

  it('shows the enter page to the user', async () => {
    const page = await fetch(`${origin}/oauth/device`)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('name="user_code"')
  })

  it('guards the resource', async () => {
    const response = await fetch(`${origin}/me`)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="http://localhost:3000/oauth"')
  })
})
