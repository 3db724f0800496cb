import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort } from '../../../../tests/free-port.ts'
import { type Fetch, isSecureAddress, pollDeviceToken } from '../../src/index.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
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

  it.each([
    ['https://www.example.com/token?state=secret', 'https://www.example.com/token'],
    ['/elsewhere?secret', '/elsewhere'],
    ['http://portal.example/\u0009login', 'http://portal.example/login'],
  ])('redirects: the message says to where, without what may be a secret', async (location, shown) => {
    const fetch: Fetch = async () => new Response('', { status: 302, headers: { location } })
    const result = await pollDeviceToken(pollRequest, { fetch })
    expect(!result.ok && result.message).toBe(`Redirect refused: HTTP 302 to ${shown}`)
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

  it('is a proxy that asks for a log-in: the result names the proxy', async () => {
    const origin = await listen((_req, res) => res.writeHead(407, { 'proxy-authenticate': 'Basic' }).end())
    expect(await pollDeviceToken({ ...pollRequest, address: origin }, local)).toMatchObject({ error: 'proxy_error' })
  })

  it('refuses the connection: the result is a failure', async () => {
    const address = `http://127.0.0.1:${await freePort()}`
    const result = await pollDeviceToken({ ...pollRequest, address }, local)
    expect(result).toMatchObject({ error: 'connection_refused', message: expect.stringContaining('ECONNREFUSED') })
  })
})

describe('the time of a request', () => {
  const token = { access_token: 'at-secret', token_type: 'bearer' }

  /** Polls with a time limit of 30 s, which the machine sleeps through; `arrivesAfter` is that of the response, after it woke. */
  async function pollAndSleep(arrivesAfter: number): Promise<{ result: object; clock: FakeClock; took: number }> {
    const clock = new FakeClock()
    const fetch: Fetch = () =>
      new Promise((resolve) => void clock.setTimeout(() => resolve(answered(token)), arrivesAfter * 1000))
    const from = clock.now()
    const polled = pollDeviceToken(pollRequest, { fetch, clock, timeout: 30 })
    await clock.advance(1)
    clock.sleep(39)
    const result = await clock.until(polled)
    return { result, clock, took: (clock.now() - from) / 1000 }
  }

  it('a response that came while the machine slept is read: the server may not repeat it', async () => {
    const { result, clock, took } = await pollAndSleep(40.5)
    expect(result).toMatchObject({ ok: true, accessToken: token.access_token })
    expect(took).toBe(40.5)
    expect(clock.timers).toBe(0)
  })

  it('nothing came while the machine slept: the request ends a second after it woke', async () => {
    const { result, took } = await pollAndSleep(60)
    expect(result).toMatchObject({ error: 'timeout', retryable: true })
    expect(took).toBe(41)
  })

  it('the machine did not sleep: the request ends at its time', async () => {
    const clock = new FakeClock()
    const from = clock.now()
    const result = await clock.until(
      pollDeviceToken(pollRequest, { fetch: () => new Promise(() => {}), clock, timeout: 30 }),
    )
    expect(result).toMatchObject({ error: 'timeout' })
    expect(clock.now() - from).toBe(30_000)
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

  it('http to another machine is allowed only by dangerouslyAllowHttp', async () => {
    const fetch: Fetch = async () => answered({ access_token: 'at' })
    const address = 'http://192.168.0.2:3000/token'
    expect(await pollDeviceToken({ ...pollRequest, address }, { fetch })).toMatchObject({ error: 'insecure_url' })
    expect(await pollDeviceToken({ ...pollRequest, address }, { fetch, dangerouslyAllowHttp: true })).toMatchObject({
      ok: true,
    })
    const javascript = { ...pollRequest, address: 'javascript:alert(1)' }
    expect(await pollDeviceToken(javascript, { fetch, dangerouslyAllowHttp: true })).toMatchObject({ ok: false })
  })
})

it.each([
  ['https://as.example.com', true],
  ['http://localhost:3000/oauth', true],
  ['http://tv.localhost', true],
  ['http://127.0.0.1:8080', true],
  ['http://127.255.0.9', true],
  ['http://127.1', true],
  ['http://[::1]:3000', true],
  ['http://as.example.com', false],
  ['http://localhost.example.com', false],
  ['http://notlocalhost', false],
  ['http://127.0.0.1.example.com', false],
  ['http://128.0.0.1', false],
  ['http://0.0.0.0', false],
  ['http://[::2]', false],
  ['http://user@localhost', false],
  ['ws://localhost', false],
  ['localhost:3000', false],
])('isSecureAddress(%s) is %s', (address, isSecure) => {
  expect(isSecureAddress(address)).toBe(isSecure)
})

describe('a connection that fails', () => {
  const failing =
    (message: string, code?: string, outer = 'fetch failed'): Fetch =>
    () =>
      Promise.reject(
        new TypeError(outer, { cause: Object.assign(new Error(message), code === undefined ? {} : { code }) }),
      )

  it.each([
    ['host_not_found', failing('getaddrinfo ENOTFOUND certificate.example', 'ENOTFOUND')],
    ['host_not_found', failing('getaddrinfo EAI_AGAIN proxy.example', 'EAI_AGAIN')],
    [
      'host_not_found',
      failing('', undefined, 'client error (Connect): dns error: failed to lookup address information'),
    ],
    ['connection_refused', failing('connect ECONNREFUSED 127.0.0.1:9', 'ECONNREFUSED')],
    ['connection_refused', failing('', undefined, 'tcp connect error: Connection refused (os error 111)')],
    ['connection_refused', failing('', 'ConnectionRefused', 'Unable to connect.')],
    ['certificate_error', failing('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT')],
    ['certificate_error', failing('unable to verify the first certificate', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')],
    ['certificate_error', failing('certificate has expired', 'CERT_HAS_EXPIRED')],
    ['certificate_error', failing("Hostname/IP does not match certificate's altnames", 'ERR_TLS_CERT_ALTNAME_INVALID')],
    ['certificate_error', failing('', undefined, 'invalid peer certificate: UnknownIssuer')],
    ['timeout', failing('Connect Timeout Error', 'UND_ERR_CONNECT_TIMEOUT')],
    ['timeout', failing('connect ETIMEDOUT 10.0.0.1:443', 'ETIMEDOUT')],
    ['proxy_error', failing('Proxy response (407) !== 200 when HTTP Tunneling', 'UND_ERR_ABORTED')],
    ['proxy_error', async () => new Response('', { status: 407 })],
    ['network_error', failing('read ECONNRESET', 'ECONNRESET')],
  ])('%s', async (error, fetch) => {
    const result = await pollDeviceToken(pollRequest, { fetch: fetch as Fetch })
    expect(result).toMatchObject({ ok: false, error, retryable: true })
    expect(!result.ok && result.message).toMatch(/^[A-Z][a-z ]+: ./)
  })

  it('a certificate that is not trusted: the message names the remedy', async () => {
    const fetch = failing('self-signed certificate in certificate chain', 'SELF_SIGNED_CERT_IN_CHAIN')
    const result = await pollDeviceToken(pollRequest, { fetch })
    expect(!result.ok && result.message).toMatch(/self-signed certificate .*NODE_EXTRA_CA_CERTS/)
  })

  it.each([
    ['certificate has expired', 'CERT_HAS_EXPIRED'],
    ['certificate is not yet valid', 'CERT_NOT_YET_VALID'],
    ['invalid peer certificate: Expired', 'InvalidData'],
    ['invalid peer certificate: NotValidYet', 'InvalidData'],
  ])('%s: the message names the clock, which a device without a battery has wrong', async (message, code) => {
    const result = await pollDeviceToken(pollRequest, { fetch: failing(message, code) })
    expect(!result.ok && result.message).toMatch(/ \(is the clock right\?\)$/)
  })
})

it('every failure has a message: the code in words, and what is known about it', async () => {
  const message = async (response: Response): Promise<string | false> => {
    const result = await pollDeviceToken(pollRequest, { fetch: async () => response })
    return !result.ok && result.message
  }
  expect(await message(answered({ error: 'access_denied' }, 400))).toBe('Access denied: HTTP 400')
  expect(await message(answered({ error: 'access_denied', error_description: 'No.' }, 400))).toBe('Access denied: No.')
  expect(await message(new Response('', { status: 503 }))).toBe('Server unavailable: HTTP 503')
  const controller = new AbortController()
  controller.abort()
  expect(await pollDeviceToken(pollRequest, { signal: controller.signal })).toMatchObject({ message: 'Aborted' })
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

describe('a fetch whose bodies are streams of Node, as those of node-fetch', () => {
  const poll = (response: Response): ReturnType<typeof pollDeviceToken> => {
    const body = Readable.from(['not read'])
    return pollDeviceToken(pollRequest, { fetch: async () => Object.defineProperty(response, 'body', { value: body }) })
  }

  it('is read', async () => {
    expect(await poll(answered({ access_token: 'at' }))).toMatchObject({ ok: true, accessToken: 'at' })
    expect(await poll(new Response('x'.repeat(300_000)))).toMatchObject({ error: 'response_too_large' })
  })

  it('does not follow a redirect', async () => {
    const redirect = new Response('', { status: 302, headers: { location: 'https://portal.example/?token=x' } })
    expect(await poll(redirect)).toMatchObject({
      error: 'redirect_refused',
      message: expect.not.stringContaining('=x'),
    })
  })
})

it.each([
  [
    '<html><head><title>Log in to WiFi</title><style>a{}</style></head><body>Buy a <b>ticket</b></body></html>',
    'Log in to WiFi Buy a ticket',
  ],
  ['<h1>Forbidden</h1>\n<pre>Invalid CSRF token\u001b[2J</pre>', 'Forbidden Invalid CSRF token[2J'],
  ['x'.repeat(5000), 'x'.repeat(100)],
])('a failure says what answered when it was no authorization server', async (text, words) => {
  const headers = { 'content-type': 'text/html; charset=utf-8' }
  const result = await pollDeviceToken(
    { address: 'https://as.example.com/token', clientId: 'tv', deviceCode: 'dc' },
    { fetch: async () => new Response(text, { status: 403, headers }) },
  )
  const answered = `HTTP 403 text/html "${words}"; that is not the answer of an authorization server`
  expect(result).toMatchObject({ error: 'invalid_response', status: 403, message: `Invalid response: ${answered}` })
})
