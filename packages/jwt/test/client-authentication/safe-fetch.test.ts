import { once } from 'node:events'
import { createServer as createPlainServer, type RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isFetchable, type SafeFetchParts, safeFetch } from '../../src/client-authentication/safe-fetch.ts'
import { serverCertificate } from './certificates.ts'

let server: Server
let answer: RequestListener
let requests: string[]

beforeEach(async () => {
  requests = []
  server = createServer(serverCertificate, (req, res) => {
    requests.push(`${req.headers.host} ${req.url}`)
    answer(req, res)
  })
  answer = (_req, res) => void res.end('{"keys":[]}')
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterEach(() => {
  server.close()
  server.closeAllConnections()
})

const port = () => (server.address() as AddressInfo).port
const local = [{ address: '127.0.0.1', family: 4 }]
/** Fetches from the local server, which the parts allow unless they say otherwise. A test of a time gives its own. */
const get = (parts: Partial<SafeFetchParts> = {}, url = `https://keys.example.com:${port()}/jwks`) =>
  safeFetch({
    connection: { ca: serverCertificate.cert },
    allowPrivateAddresses: true,
    timeout: 10_000,
    lookup: async () => local,
    ...parts,
  })(new URL(url))

describe('safeFetch', () => {
  it('fetches JSON, as the control of all refusals below', async () => {
    expect(await get()).toEqual({ keys: [] })
    expect(requests).toEqual([`keys.example.com:${port()} /jwks`])
  })

  it.each([
    [{}, 'application/jwk-set+json, application/json'],
    [{ accept: 'application/cimd+json' }, 'application/cimd+json'],
  ])('asks for the media type of key sets, or for the one that it is given: %j', async (parts, expected) => {
    answer = ({ headers: { accept } }, res) => void res.end(JSON.stringify({ accept }))
    expect(await get(parts)).toEqual({ accept: expected })
  })

  it.each([301, 302, 303, 307, 308])('7523-3-6 follows no redirect: %d', async (status) => {
    answer = ({ url }, res) =>
      url === '/jwks' ? void res.writeHead(status, { location: '/other' }).end() : void res.end('{"keys":[]}')
    await expect(get()).rejects.toThrow(`status ${status}`)
    expect(requests).toHaveLength(1)
  })

  it.each([204, 206, 401, 404, 500])('refuses the status %d', async (status) => {
    answer = (_req, res) => void res.writeHead(status).end()
    await expect(get()).rejects.toThrow(`status ${status}`)
  })

  it('7523-3-6 ends a document that drips, one that never ends, and an answer that never begins', async () => {
    const dripping: RequestListener = (_req, res) => {
      res.write('{')
      const timer = setInterval(() => res.write(' '), 20)
      res.on('close', () => clearInterval(timer))
    }
    const silent: RequestListener = (_req, res) => void res.write('{"keys":')
    for (const one of [dripping, silent, () => {}]) {
      answer = one
      const begin = performance.now()
      await expect(get({ timeout: 150 })).rejects.toThrow()
      expect(performance.now() - begin).toBeLessThan(10_000)
    }
    await expect.poll(openConnections).toBe(0)
  })

  it('7523-3-6 ends a name that is never found, and a connection without TLS', async () => {
    await expect(get({ timeout: 100, lookup: () => new Promise(() => {}) })).rejects.toThrow()
    await expect(get({ lookup: () => Promise.reject(new Error('no such name')) })).rejects.toThrow('no such name')
    await expect(get({ lookup: async () => [] })).rejects.toThrow('no address')
    const plain = createPlainServer((_req, res) => void res.end('{}'))
    await once(plain.listen(0, '127.0.0.1'), 'listening')
    const url = `https://keys.example.com:${(plain.address() as AddressInfo).port}/`
    await expect(get({}, url)).rejects.toThrow()
    plain.close()
  })

  it('7523-3-6 refuses a document that is too large, announced or not, and stops reading', async () => {
    let written = 0
    answer = (_req, res) => {
      const more = () => {
        while (!res.destroyed && written < 100_000_000 && res.write(' '.repeat(16_384))) written += 16_384
      }
      res.on('drain', more)
      more()
    }
    await expect(get({ maxBytes: 65_536 })).rejects.toThrow('larger than 65536 bytes')
    expect(written).toBeLessThan(50_000_000)
    answer = (_req, res) => void res.end(`{"keys":[]${' '.repeat(54)}}`)
    expect(await get({ maxBytes: 65 })).toEqual({ keys: [] })
    await expect(get({ maxBytes: 64 })).rejects.toThrow('larger')
  })

  it('refuses what is no JSON, and a compressed document', async () => {
    for (const [text, headers] of [
      ['<html>', {}],
      ['', {}],
      ['\u001f\ufffd', { 'content-encoding': 'gzip' }],
    ] as const) {
      answer = (_req, res) => void res.writeHead(200, headers).end(text)
      await expect(get()).rejects.toThrow()
    }
  })

  it('7523-3-6 refuses a name with a private address, also beside a public one, and connects to nothing', async () => {
    const lists = [
      local,
      [{ address: '::1', family: 6 }],
      [{ address: '::ffff:127.0.0.1', family: 6 }],
      [{ address: '169.254.169.254', family: 4 }],
      [{ address: '8.8.8.8', family: 4 }, ...local],
    ]
    for (const list of lists) {
      const refused = get({ allowPrivateAddresses: false, lookup: async () => list })
      await expect(refused).rejects.toThrow('allowPrivateAddresses')
    }
    expect(requests).toEqual([])
  })

  it.each(['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '10.0.0.1', '0'])(
    '7523-3-6 refuses %s, an address in place of a name',
    async (host) => {
      const url = `https://${host}:${port()}/jwks`
      await expect(get({ allowPrivateAddresses: false }, url)).rejects.toThrow('allowPrivateAddresses')
      expect(requests).toEqual([])
    },
  )

  it('7523-3-6 looks a name up once, and connects to the address that it checked', async () => {
    const lookup = vi
      .fn<SafeFetchParts['lookup']>(async () => [{ address: '10.255.255.1', family: 4 }])
      .mockResolvedValueOnce(local)
    expect(await get({ lookup })).toEqual({ keys: [] })
    expect(lookup).toHaveBeenCalledTimes(1)
    // the connection is not kept for a later look-up
    await expect.poll(openConnections).toBe(0)
  })

  it('checks the certificate', async () => {
    await expect(get({ connection: {} })).rejects.toThrow(/certificate/)
    await expect(get({}, `https://other.example.com:${port()}/`)).rejects.toThrow(/altnames/)
  })

  it.each([
    'http://keys.example.com/',
    'file:///etc/passwd',
    'data:application/json,{}',
    'https://a:b@keys.example.com/',
  ])('7523-3-6 refuses %s', async (url) => {
    expect(isFetchable(url)).toBe(false)
    await expect(get({}, url)).rejects.toThrow()
  })
})

function openConnections(): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
  })
}
