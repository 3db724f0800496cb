import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type Fetch, pollDeviceToken } from '../../src/index.ts'
import { answered, pollRequest } from '../fixtures.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function listen(handler: RequestListener): Promise<string> {
  const listening = createServer(handler)
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
}

describe('a hostile server, over HTTP', () => {
  const local = { dangerouslyAllowHttp: true }

  it('redirects, and the redirect is not followed: the device code would go elsewhere', async () => {
    const paths: (string | undefined)[] = []
    const origin = await listen((req, res) => {
      paths.push(req.url)
      res.writeHead(307, { location: '/elsewhere' }).end()
    })
    const result = await pollDeviceToken({ ...pollRequest, address: `${origin}/token` }, local)
    expect(result).toMatchObject({ error: 'redirect_refused', status: 307, retryable: true })
    expect(paths).toEqual(['/token'])
  })

  it('sends a response without end, which is not read to the end', async () => {
    let written = 0
    const origin = await listen((_req, res) => {
      const chunk = 'x'.repeat(65_536)
      const write = (): void => {
        while (!res.destroyed && written < 50_000_000 && res.write(chunk)) written += chunk.length
      }
      res.on('drain', write)
      write()
    })
    const result = await pollDeviceToken(
      { ...pollRequest, address: `${origin}/token` },
      { ...local, maxBodySize: 100_000 },
    )
    expect(result).toMatchObject({ error: 'response_too_large', retryable: true })
    expect(written).toBeLessThan(20_000_000)
  })

  it('8628-3.5-11 does not respond: the request times out, as a failure to back off from', async () => {
    const origin = await listen(() => {})
    const result = await pollDeviceToken({ ...pollRequest, address: origin }, { ...local, timeout: 0.02 })
    expect(result).toMatchObject({ error: 'timeout', retryable: true })
  })

  it('refuses the connection: the result is a failure', async () => {
    const origin = await listen(() => {})
    await new Promise((resolve) => server?.close(resolve))
    const result = await pollDeviceToken({ ...pollRequest, address: origin }, local)
    expect(result).toMatchObject({ error: 'network_error', errorDescription: expect.stringContaining('ECONNREFUSED') })
  })
})

describe('addresses', () => {
  const never: Fetch = () => Promise.reject(new Error('was asked'))
  it.each(['http://as.example.com/token', 'ftp://as.example.com', 'not a URL', '', 'https://a:b@as.example.com/'])(
    '%s: no request is sent',
    async (address) => {
      expect(await pollDeviceToken({ ...pollRequest, address }, { fetch: never })).toMatchObject({
        error: 'insecure_url',
      })
    },
  )

  it('http is allowed only by dangerouslyAllowHttp', async () => {
    const fetch: Fetch = async () => answered({ access_token: 'at' })
    const address = 'http://localhost:3000/token'
    expect(await pollDeviceToken({ ...pollRequest, address }, { fetch })).toMatchObject({ error: 'insecure_url' })
    expect(await pollDeviceToken({ ...pollRequest, address }, { fetch, dangerouslyAllowHttp: true })).toMatchObject({
      ok: true,
    })
    const javascript = { ...pollRequest, address: 'javascript:alert(1)' }
    expect(await pollDeviceToken(javascript, { fetch, dangerouslyAllowHttp: true })).toMatchObject({ ok: false })
  })
})

it('an error that fetch throws at once is a failure', async () => {
  const fetch: Fetch = () => {
    throw new Error('mine')
  }
  expect(await pollDeviceToken(pollRequest, { fetch })).toMatchObject({
    error: 'network_error',
    errorDescription: 'mine',
  })
})
