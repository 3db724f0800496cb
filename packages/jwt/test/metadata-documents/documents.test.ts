import { expect, it } from 'vitest'
import { RefusedDocumentError } from '../../src/client-authentication/safe-fetch.ts'
import type { FetchedDocument } from '../../src/index.ts'
import { answered, documentOf, finder, id, minute } from './scene.ts'

const good = async (url: URL): Promise<FetchedDocument> => answered(documentOf({ client_id: url.href }))

it('CIMD-5.2 requests at the same moment share one fetch, and later ones use it while it is fresh', async () => {
  const scene = finder(good)
  const many = await Promise.all(Array.from({ length: 20 }, () => scene.find(id)))
  expect(many).toEqual(Array(20).fill(expect.objectContaining({ client_id: id, scope: 'profile' })))
  scene.now += 60 * minute - 1
  await scene.find(id)
  expect(scene.fetching).toHaveBeenCalledTimes(1)
})

it('looks again in the background when it is not fresh any more, so that no poll waits', async () => {
  let answer = answered(documentOf(), { 'cache-control': 'max-age=600' })
  const scene = finder(async () => answer)
  await scene.find(id)
  scene.now += 10 * minute
  answer = answered(documentOf({ client_name: 'New' }))
  expect(await scene.find(id)).toMatchObject({ client_name: 'Tool' })
  await expect.poll(() => scene.find(id)).toMatchObject({ client_name: 'New' })
  expect(scene.fetching).toHaveBeenCalledTimes(2)
})

it('a client that takes its document away, or makes it wrong, is none any more at the next request but one', async () => {
  for (const gone of [
    { status: 404, headers: {}, text: '' },
    { status: 302, headers: { location: id }, text: '' },
    answered(documentOf({ client_id: 'https://other.example/' })),
    { status: 200, headers: {}, text: '<html>' },
  ]) {
    let answer: FetchedDocument = answered(documentOf())
    const scene = finder(async () => answer)
    await scene.find(id)
    scene.now += 60 * minute
    answer = gone
    await scene.find(id)
    await expect.poll(() => scene.find(id)).toBeUndefined()
    expect(scene.fetching).toHaveBeenCalledTimes(2)
    expect(scene.refused).toHaveLength(1)
  }
})

it('stays usable for an hour while its address does not answer, asked once a minute, and no longer', async () => {
  let down = false
  const scene = finder((url) => (down ? Promise.reject(new Error('down')) : good(url)))
  await scene.find(id)
  down = true
  scene.now += 60 * minute
  for (let second = 0; second < 60; second++) {
    expect(await scene.find(id)).toMatchObject({ client_id: id })
    await new Promise(setImmediate)
    scene.now += 1000
  }
  expect(scene.fetching).toHaveBeenCalledTimes(2)
  scene.now += 60 * minute
  await expect(async () => scene.find(id)).rejects.toThrow('could not be fetched')
  down = false
  scene.now += minute
  expect(await scene.find(id)).toMatchObject({ client_id: id })
})

it('CIMD-5.2 "MUST NOT cache error responses": after a minute the address is asked again, not before', async () => {
  for (const [failing, outcome] of [
    [{ status: 404, headers: {}, text: '' }, undefined],
    [new RefusedDocumentError('private'), undefined],
    [Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), undefined],
    [{ status: 503, headers: {}, text: '' }, Error],
    [{ status: 429, headers: {}, text: '' }, Error],
    [new Error('timeout'), Error],
  ] as const) {
    let fails = true
    const scene = finder(async (url) => {
      if (!fails) return good(url)
      if (failing instanceof Error) throw failing
      return failing
    })
    const find = async () => scene.find(id)
    for (let times = 0; times < 5; times++) {
      if (outcome === undefined) expect(await find()).toBeUndefined()
      else await expect(find()).rejects.toThrow(outcome)
    }
    expect(scene.fetching).toHaveBeenCalledTimes(1)
    fails = false
    scene.now += minute - 1
    await find().catch(() => {})
    expect(scene.fetching).toHaveBeenCalledTimes(1)
    scene.now += 1
    expect(await find()).toMatchObject({ client_id: id })
  }
})

it('strangers cannot make the server fetch at will: 60 a minute, ten of one host, ten at the same time', async () => {
  const scene = finder(async () => ({ status: 404, headers: {}, text: '' }))
  const ask = async (clientId: string) => scene.find(clientId)
  const spent = 'fetchesPerMinute'
  for (let one = 0; one < 30; one++) await ask(`https://victim.example/${one}`).catch(() => {})
  expect(scene.fetching).toHaveBeenCalledTimes(10)
  for (let one = 0; one < 200; one++) await ask(`https://h${one}.example/`).catch(() => {})
  expect(scene.fetching).toHaveBeenCalledTimes(60)
  await expect(ask('https://h999.example/')).rejects.toThrow(spent)
  scene.now += minute
  expect(await ask('https://h999.example/')).toBeUndefined()

  const hanging = finder(() => new Promise(() => {}))
  const refusedNow: unknown[] = []
  const tell = (error: unknown): void => void refusedNow.push(error)
  for (let one = 0; one < 30; one++) Promise.resolve(hanging.find(`https://h${one}.example/`)).catch(tell)
  await new Promise(setImmediate)
  expect(refusedNow).toHaveLength(20)
  await expect.poll(() => hanging.fetching.mock.calls).toHaveLength(10)
  await expect(async () => hanging.find('https://h99.example/')).rejects.toThrow(spent)
})

it('a document that is slow on purpose holds 21 requests, and not those of all others', async () => {
  let release = (_: FetchedDocument): void => {}
  const scene = finder(() => new Promise((resolve) => (release = resolve)))
  const asked = Array.from({ length: 100 }, async () => scene.find(id))
  const refused = await Promise.allSettled(asked.slice(21))
  expect(new Set(refused.map((one) => one.status === 'rejected' && String(one.reason)))).toEqual(
    new Set([expect.stringContaining('too many requests wait')]),
  )
  release(answered(documentOf()))
  expect(await Promise.all(asked.slice(0, 21))).toEqual(Array(21).fill(expect.objectContaining({ client_id: id })))
  // it was only for a moment
  scene.now += 100 * 60 * minute
  const again = Array.from({ length: 21 }, async () => scene.find(id))
  await new Promise(setImmediate)
  release(answered(documentOf()))
  expect(await Promise.all(again)).toHaveLength(21)
})

it('a client in use is looked up again although strangers have spent the fetches of the minute', async () => {
  const scene = finder(good, { fetchesPerMinute: 2 })
  await scene.find(id)
  scene.now += 60 * minute
  for (const host of ['a', 'b', 'c']) await Promise.resolve(scene.find(`https://${host}.example/`)).catch(() => {})
  expect(scene.fetching).toHaveBeenCalledTimes(3)
  expect(await scene.find(id)).toMatchObject({ client_id: id })
  await expect.poll(() => scene.fetching.mock.calls).toHaveLength(4)
})

it('remembers 1000 documents, and forgets the one that was not used for the longest time', async () => {
  const scene = finder(good, { fetchesPerMinute: 10_000 })
  const other = (one: number) => `https://h${one}.example/`
  await scene.find(id)
  for (let one = 0; one < 1500; one++) {
    await scene.find(other(one))
    await scene.find(id)
  }
  const before = scene.fetching.mock.calls.length
  expect(before).toBe(1501)
  await scene.find(id)
  await scene.find(other(1499))
  expect(scene.fetching).toHaveBeenCalledTimes(before)
  await scene.find(other(0))
  expect(scene.fetching).toHaveBeenCalledTimes(before + 1)
})
