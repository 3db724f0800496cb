import type { AuthenticatingServer, Client } from '@device-auth/core'
import { describe, expect, it, vi } from 'vitest'
import { clientKeySets } from '../../src/client-authentication/client-keys.ts'
import type { KeySet } from '../../src/client-authentication/key-set.ts'
import type { FetchJson } from '../../src/client-authentication/safe-fetch.ts'
import { type PrivateKeyJwtOptions, privateKeyJwt } from '../../src/index.ts'
import { keyOf, start, type TestServer } from '../server.ts'
import { ask, assertionJwt, expectInvalidClient, publicJwk, serverFor, stranger, tv } from './scene.ts'

const url = 'https://tv.example.com/jwks'
const { jwks: _, ...withoutKeys } = tv
const remote = { ...withoutKeys, jwks_uri: url }
const keySet = (kid = 'one', key = keyOf('ES256')) => ({ keys: [publicJwk(key, { kid })] })

function make(fetchJson: FetchJson): { server: TestServer; errors: unknown[] } {
  const errors: unknown[] = []
  const hooks = { onError: (error: unknown) => void errors.push(error) }
  return { server: serverFor({ private_key_jwt: privateKeyJwt({ fetchJson }) }, remote, { hooks }), errors }
}

const authenticatingServer: AuthenticatingServer = {
  issuer: 'https://auth.example.com/oauth',
  tokenEndpoint: 'https://auth.example.com/oauth/token',
  now: () => start,
  takeOnce: () => true,
  noteAttestation: () => {},
  report: () => {},
}

const kid = (name: string) => assertionJwt({ header: { kid: name } })
const fetching = (content: unknown = keySet()) => vi.fn<FetchJson>(async () => content)
const minute = 60_000

describe('a jwks_uri', () => {
  it('7523-3-6 is fetched once for requests at the same moment, and again after five minutes', async () => {
    const fetchJson = fetching()
    const { server } = make(fetchJson)
    const many = await Promise.all(Array.from({ length: 20 }, async () => ask(server, await kid('one'))))
    expect(many.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(fetchJson.mock.calls.map(([address]) => address.href)).toEqual([url])
    server.now = start + 5 * minute - 1
    const later = () => assertionJwt({ claims: { exp: start / 1000 + 600 } })
    expect((await ask(server, await later())).status).toBe(200)
    expect(fetchJson).toHaveBeenCalledTimes(1)
    server.now = start + 5 * minute
    expect((await ask(server, await later())).status).toBe(200)
    expect(fetchJson).toHaveBeenCalledTimes(2)
  })

  it('7523-3-5 an unknown kid fetches again, at most once a minute: so a new key works at once', async () => {
    const fetchJson = fetching()
    const { server } = make(fetchJson)
    const at = (milliseconds: number) => {
      server.now = start + milliseconds
      return assertionJwt({ header: { kid: 'two' }, claims: { exp: start / 1000 + 600 } })
    }
    expect((await ask(server, await kid('one'))).status).toBe(200)
    for (const milliseconds of [0, 1000, minute - 1]) expectInvalidClient(await ask(server, await at(milliseconds)))
    expect(fetchJson).toHaveBeenCalledTimes(1)
    expectInvalidClient(await ask(server, await at(minute)))
    expect(fetchJson).toHaveBeenCalledTimes(2)
    fetchJson.mockResolvedValue(keySet('two'))
    expectInvalidClient(await ask(server, await at(2 * minute - 1)))
    expect((await ask(server, await at(2 * minute))).status).toBe(200)
    expect(fetchJson).toHaveBeenCalledTimes(3)
  })

  it('7523-3.2-1 a failed fetch is invalid_client, reported once, and not repeated for a minute', async () => {
    const fetchJson = vi.fn<FetchJson>().mockRejectedValue(new Error('down'))
    const { server, errors } = make(fetchJson)
    for (let times = 0; times < 5; times++) expectInvalidClient(await ask(server, await kid('one')))
    expect(fetchJson).toHaveBeenCalledTimes(1)
    expect(errors.map(String)).toEqual([`Error: @device-auth/jwt: the keys at ${url} could not be fetched.`])
    fetchJson.mockResolvedValue(keySet())
    server.now = start + minute
    expect((await ask(server, await assertionJwt({ claims: { exp: start / 1000 + 600 } }))).status).toBe(200)
  })

  it('keys stay usable for an hour while their address does not answer, and no longer', async () => {
    const fetchJson = fetching()
    const { server } = make(fetchJson)
    expect((await ask(server, await kid('one'))).status).toBe(200)
    fetchJson.mockRejectedValue(new Error('down'))
    const later = (milliseconds: number) => {
      server.now = start + milliseconds
      return assertionJwt({ claims: { iat: server.now / 1000, exp: server.now / 1000 + 60 } })
    }
    expect((await ask(server, await later(59 * minute))).status).toBe(200)
    expectInvalidClient(await ask(server, await later(60 * minute)))
  })

  it('while their address is silent, requests go on with the last keys, and wait for a new one', async () => {
    let answer: FetchJson = async () => keySet()
    const keySetOf = clientKeySets({ fetchJson: (address) => answer(address) })
    const at = (milliseconds: number, name = 'one') =>
      keySetOf({ client_id: 'tv', jwks_uri: url }, (keys) => keys.some((key) => key.kid === name), {
        ...authenticatingServer,
        now: () => start + milliseconds,
      })
    const last = await at(0)
    answer = async () => Promise.reject(new Error('down'))
    expect(await at(5 * minute)).toEqual(last)
    let release = (_: unknown): void => {}
    answer = () => new Promise((resolve) => (release = resolve))
    for (let times = 0; times < 20; times++) expect(await at(6 * minute)).toEqual(last)
    const unknown = at(6 * minute, 'two')
    release(keySet('two'))
    expect(await unknown).toMatchObject([{ kid: 'two' }])
    // it answers again: old keys are not used before it was asked
    answer = async () => keySet('three')
    expect(await at(11 * minute)).toMatchObject([{ kid: 'three' }])
  })

  it.each([
    ['no key set', {}],
    ['a list', [1]],
    ['null', null],
    ['33 keys', { keys: Array.from({ length: 33 }, () => publicJwk(keyOf('ES256'), { kid: 'one' })) }],
  ])('7523-3-5 an address that gives %s is invalid_client, and reported', async (_name, content) => {
    const { server, errors } = make(fetching(content))
    expectInvalidClient(await ask(server, await kid('one')))
    expect(errors).toHaveLength(1)
  })

  it('an assertion by another key of the address, or a stranger, is refused', async () => {
    const { server } = make(fetching({ keys: [...keySet().keys, ...keySet('two', stranger).keys] }))
    expectInvalidClient(await ask(server, await assertionJwt({ key: stranger })))
    expect((await ask(server, await assertionJwt({ key: stranger, header: { kid: 'two' } }))).status).toBe(200)
  })

  it('7523-3-6 the built-in fetch refuses a private address: nobody connects to it', async () => {
    const errors: Error[] = []
    const client = { ...remote, jwks_uri: 'https://127.0.0.1:9/jwks' }
    const hooks = { onError: (error: unknown) => void errors.push(error as Error) }
    const server = serverFor({ private_key_jwt: privateKeyJwt() }, client, { hooks })
    expectInvalidClient(await ask(server, await kid('one')))
    expect(String(errors[0]?.cause)).toContain('allowPrivateAddresses')
  })

  it.each([
    [{ ...tv, jwks_uri: url }, 'jwks_uri'],
    [{ ...remote, jwks_uri: 'http://tv.example.com/jwks' }, 'jwks_uri'],
    [{ ...remote, jwks_uri: 'https://a:b@tv.example.com/jwks' }, 'jwks_uri'],
    [{ ...remote, jwks_uri: '/jwks' }, 'jwks_uri'],
    [withoutKeys, 'jwks'],
  ])('a listed client with wrong keys is refused at construction: %j', (client, field) => {
    expect(() => serverFor({ private_key_jwt: privateKeyJwt() }, client)).toThrow(`clients[0].${field}`)
  })

  it.each<[unknown, RegExp]>([
    [{ allowPrivateAddresses: 'yes' }, /allowPrivateAddresses/],
    [{ fetchJson: url }, /fetchJson/],
  ])('refuses wrong options: %j', (options, message) => {
    expect(() => privateKeyJwt(options as PrivateKeyJwtOptions)).toThrow(message)
  })
})

describe('the addresses of many clients', () => {
  const askForAll = async (clientOf: (count: number) => Client) => {
    const fetchJson = fetching()
    const errors: unknown[] = []
    const keySetOf = clientKeySets({ fetchJson })
    const server = { ...authenticatingServer, report: (error: unknown) => void errors.push(error) }
    let found = 0
    for (let count = 0; count < 200; count++) {
      const keys = await keySetOf(clientOf(count), () => false, server)
      if (keys.length > 0) found++
    }
    return { fetches: fetchJson.mock.calls.length, found, errors: errors.length }
  }
  const address = (count: number) => `https://victim.example/jwks?${count}`
  const anyHost = (count: number) => `https://h${count}.example/jwks`

  it.each<[string, (count: number) => Client, fetches: number]>([
    [
      'registered themselves, at one host',
      (count) => ({ client_id: `registered-${count}`, self_registered: true, jwks_uri: address(count) }),
      10,
    ],
    [
      'have the address of their metadata as id, at one host',
      (count) => ({ client_id: `https://victim.example/${count}`, jwks_uri: address(count) }),
      10,
    ],
    [
      'registered themselves, at many hosts',
      (count) => ({ client_id: `registered-${count}`, self_registered: true, jwks_uri: anyHost(count) }),
      60,
    ],
  ])('7523-3-6 that %s have a budget a minute', async (_, clientOf, fetches) => {
    expect(await askForAll(clientOf)).toEqual({ fetches, found: fetches, errors: 200 - fetches })
  })

  it.each([
    ['a stranger', true, 21],
    ['a client of the operator', false, 100],
  ])('that are slow on purpose hold 21 requests: those of %s', async (_, self_registered, held) => {
    let release = (_: unknown): void => {}
    const keySetOf = clientKeySets({ fetchJson: () => new Promise((resolve) => (release = resolve)) })
    const client = { client_id: 'tool', self_registered, jwks_uri: url }
    let answered = 0
    const asked = Array.from({ length: 100 }, async () => {
      const keys = await keySetOf(client, (set) => set.length > 0, authenticatingServer)
      answered++
      return keys.length
    })
    await new Promise(setImmediate)
    expect(answered).toBe(100 - held)
    release(keySet())
    const found = (await Promise.all(asked)).filter((count) => count === 1)
    expect(found).toHaveLength(held)
  })

  it('are remembered without what nobody uses: a thousand sets of 64 KiB of small objects filled the memory', async () => {
    const [key] = keySet().keys
    const content = { keys: [{ ...key, other: [{}, {}] }] }
    const keySetOf = clientKeySets({ fetchJson: fetching(content) })
    const client = { client_id: 'tool', self_registered: true, jwks_uri: url }
    expect(await keySetOf(client, (keys) => keys.length > 0, authenticatingServer)).toEqual([key])
  })

  it('that the operator registered are all fetched', async () => {
    const clientOf = (count: number) => ({ client_id: `tv ${count}`, jwks_uri: address(count) })
    expect(await askForAll(clientOf)).toEqual({ fetches: 200, found: 200, errors: 0 })
  })

  it('of strangers push none of the operator out of the memory', async () => {
    const fetchJson = fetching()
    const keySetOf = clientKeySets({ fetchJson })
    const fits = (keys: KeySet): boolean => keys.length > 0
    const tvKeys = () => keySetOf({ client_id: 'tv', jwks_uri: url }, fits, authenticatingServer)
    await tvKeys()
    for (let count = 0; count < 1001; count++) {
      const stranger = {
        client_id: `registered-${count}`,
        self_registered: true,
        jwks_uri: `https://host-${count}.example/`,
      }
      await keySetOf(stranger, fits, authenticatingServer)
    }
    const before = fetchJson.mock.calls.length
    expect(await tvKeys()).toHaveLength(1)
    expect(fetchJson).toHaveBeenCalledTimes(before)
  })
})
