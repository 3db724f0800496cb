import { createSocket, type Socket } from 'node:dgram'
import nodeDns from 'node:dns'
import { once } from 'node:events'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { publicNames } from '../../src/client-authentication/public-names.ts'
import { safeFetch } from '../../src/client-authentication/safe-fetch.ts'

const [address4, address6] = [1, 28] as const
let dns: Socket
let answers: (name: string, type: number) => Buffer | undefined
let asked: string[]
const usual = nodeDns.getServers()

/** A server of names on this machine, which the process is told to ask. */
beforeEach(async () => {
  asked = []
  dns = createSocket('udp4')
  dns.on('message', (query, { port, address }) => {
    const end = query.indexOf(0, 12)
    const name = query.toString('latin1', 13, end).replace(/[^-\w]/g, '.')
    asked.push(name)
    const found = answers(name, query.readUInt16BE(end + 1))
    const question = query.subarray(12, end + 5)
    if (found !== undefined) dns.send(Buffer.concat([header(query, found), question, found]), port, address)
  })
  dns.bind(0, '127.0.0.1')
  await once(dns, 'listening')
  nodeDns.setServers([`127.0.0.1:${dns.address().port}`])
})
afterEach(() => {
  nodeDns.setServers(usual)
  dns.close()
})

/** The header of an answer with one record, or with none and the code of a name that does not exist. */
function header(query: Buffer, record: Buffer): Buffer {
  const numbers = [0x81_80 | (record.length === 0 ? 3 : 0), 1, record.length === 0 ? 0 : 1, 0, 0]
  return Buffer.concat([query.subarray(0, 2), ...numbers.map((number) => Buffer.from([number >> 8, number & 255]))])
}

function record(type: number, bytes: readonly number[]): Buffer {
  return Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, bytes.length, ...bytes])
}

it('finds addresses of both families, and says that a name does not exist', async () => {
  answers = (name, type) => {
    if (name === 'no.example.com') return Buffer.alloc(0)
    return type === address6
      ? record(address6, [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1])
      : record(address4, [192, 0, 2, 1])
  }
  expect(await publicNames('keys.example.com')).toEqual([
    { address: '192.0.2.1', family: 4 },
    { address: '2001:db8::1', family: 6 },
  ])
  await expect(publicNames('no.example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' })
})

it('7523-3-6 a private address of a public name is refused', async () => {
  answers = (_name, type) => (type === address4 ? record(address4, [10, 0, 0, 1]) : Buffer.alloc(0))
  await expect(safeFetch()(new URL('https://keys.example.com/jwks'))).rejects.toThrow('allowPrivateAddresses')
})

it('7523-3-6 names whose servers are silent hold up no look-up of the application', async () => {
  answers = () => undefined
  const fetchJson = safeFetch({ timeout: 1000 })
  const names = Array.from({ length: 20 }, (_, index) => `silent${index}.example.com`)
  await Promise.all(names.map((name) => expect(fetchJson(new URL(`https://${name}/jwks`))).rejects.toThrow()))
  expect(new Set(asked)).toEqual(new Set(names))
  const begin = performance.now()
  await nodeDns.promises.lookup('localhost')
  expect(performance.now() - begin).toBeLessThan(3000)
})

it.each([
  { silent: address6, found: { address: '192.0.2.1', family: 4 } },
  { silent: address4, found: { address: '2001:db8::1', family: 6 } },
])('7523-3-6 servers of names that are silent about $silent hold up no other address', async ({ silent, found }) => {
  answers = (_name, type) => {
    if (type === silent) return undefined
    return type === address6
      ? record(address6, [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1])
      : record(address4, [192, 0, 2, 1])
  }
  const begin = performance.now()
  expect(await publicNames('keys.example.com')).toEqual([found])
  // a document has 3 seconds for everything
  expect(performance.now() - begin).toBeLessThan(2900)
})
