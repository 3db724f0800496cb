import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type ConformanceReport,
  type ConformanceResult,
  type ConformanceTarget,
  conformanceCases,
  formatReport,
  openConformance,
  runCase,
  runConformance,
  skip,
} from '../src/index.ts'
import { FakeServer, type Fault } from './fake-server.ts'

describe('the cases', () => {
  it('have valid ids, and no two have the same id and title', () => {
    const names = conformanceCases.map(({ id, title }) => `${id} ${title}`)
    expect(new Set(names).size).toBe(names.length)
    for (const { id } of conformanceCases)
      expect(id).toMatch(/^(?:(?:ext-)?\d{4}|OIDCD?)-[\d.]+(?:-\d+(?:\.\.\d+)?)?$|^F-\d\d$/)
  })
})

describe('running them', () => {
  const server = new FakeServer()
  const clocked = { advance: (seconds: number) => server.advance(seconds) }
  let target: ConformanceTarget

  beforeAll(async () => {
    target = await server.start()
  })
  beforeEach(() => {
    server.fault = undefined
  })
  afterAll(() => server.stop())

  async function run(id: string, title: RegExp, changed: Partial<ConformanceTarget> = {}): Promise<ConformanceResult> {
    const found = conformanceCases.filter((one) => one.id === id && title.test(one.title))
    expect(found).toHaveLength(1)
    return runCase(found[0]!, await openConformance({ ...target, ...changed }))
  }

  it.each([
    ['8628-3.5-1', /answered with tokens$/],
    ['8628-3.5-2', /first poll/],
    ['8628-3.5-3', /before its time/],
    ['8628-3.5-7', /every poll/],
    ['8628-3.1-9', /twice/],
    ['8628-3.2-3', /type/],
    ['8628-3.4-5', /approved/],
    ['6749-10.5-1', /redeemed once/],
  ])('%s passes for a correct server', async (id, title) => {
    expect(await run(id, title, clocked)).toMatchObject({ status: 'passed', message: '' })
  })

  it.each<[Fault, string, RegExp, RegExp]>([
    ['duplicate member', '8628-3.1-9', /twice/, /each member once, not 'interval' twice/],
    ['tokens cached', '6749-5.1-5', /^tokens/, /expected Cache-Control: no-store, not 'private'/],
    ['html error', '8628-3.5-2', /first poll/, /expected 400 authorization_pending, got 500 text\/html <h1>Oops/],
    ['stack trace', '6749-5.2-1', /stack trace/, /without a stack trace/],
    ['quoted description', '6749-5.2-6', /^error, /, /error_description in the characters that RFC 6749 allows/],
    ['foreign code redeemed', '8628-3.4-5', /approved/, /expected 400 invalid_grant, got 200/],
    ['never slow_down', '8628-3.5-3', /before its time/, /expected 400 slow_down, got 400 .*authorization_pending/],
    ['wrong type', '8628-3.2-2', /200 with JSON/, /Content-Type application\/json, not 'text\/plain'/],
    ['error with 403', '6749-5.2-1', /status 400/, /expected 400, got 403/],
    ['no codes', '8628-3.1-11', /needs only/, /expected 200 with a device_code, got 400/],
    ['string expires_in', '8628-3.2-3', /type/, /expires_in, a positive JSON number/],
    ['two token families', 'F-01', /parallel/, /one token family from 50 parallel polls of one approved code, not 50/],
    ['two token families', '6749-10.5-1', /redeemed once/, /the same tokens again, or invalid_grant/],
    ['hang', '8628-3.5-2', /first poll/, /could not run: .*timeout/],
  ])('%s fails %s', async (fault, id, title, message) => {
    // only a server that never answers is waited for until the end
    const context = await openConformance({ ...target, ...clocked, ...(fault === 'hang' && { timeout: 0.5 }) })
    server.fault = fault
    const found = conformanceCases.find((one) => one.id === id && title.test(one.title))!
    const result = await runCase(found, context)
    expect(result.status).toBe('failed')
    expect(result.message).toMatch(message)
    expect(result.message).not.toMatch(/device-code-\d|access-token-|=secret/)
  })

  it.each<[Fault, readonly string[]]>([
    ['tokens cached', ['6749-5.1-5 tokens are sent with Cache-Control: no-store and Pragma: no-cache']],
    [
      'quoted description',
      [
        '6749-5.2-6 error, error_description and error_uri have only the allowed characters',
        '6749-5.2-6 error texts have only the allowed characters and no markup, whatever the request contains',
      ],
    ],
    ['error with 403', ['6749-5.2-1 errors have status 400 unless the RFC names another']],
    ['stack trace', ['6749-5.2-1 errors have no tokens, no codes and no stack trace']],
    ['cookie', []],
  ])('%s fails only the cases about it', async (fault, expected) => {
    const faultless = await runConformance({ ...target, ...clocked })
    server.fault = fault
    const report = await runConformance({ ...target, ...clocked })
    const failures = ({ results }: ConformanceReport): readonly string[] =>
      results.filter(({ status }) => status === 'failed').map(({ id, title }) => `${id} ${title}`)
    const before = failures(faultless)
    expect(failures(report).filter((name) => !before.includes(name) || expected.includes(name))).toEqual(expected)
  })

  it('a server that issues no codes is named so in every case that needs codes, and fails those about issuing them', async () => {
    const context = await openConformance({ ...target, ...clocked })
    server.fault = 'no codes'
    const all = []
    for (const one of conformanceCases.filter(({ id }) => id.startsWith('8628-3.5') || id.startsWith('6749-5.1')))
      all.push(await runCase(one, context))
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['skipped']))
    const reasons = all.map(({ message }) => message).filter((message) => !message.includes('device-auth'))
    for (const reason of reasons)
      expect(reason).toMatch(/^needs (device and user codes, but the server failed: |a clock|clients)/)
  })

  it('the device-auth profile also forbids cookies', async () => {
    server.fault = 'cookie'
    expect((await run('8628-3.5-2', /first poll/, { profile: 'device-auth' })).message).toContain('without Set-Cookie')
  })

  it('no case polls before the interval is over, but those about early and parallel polls', async () => {
    const context = await openConformance({ ...target, ...clocked })
    const early = /early|before its time|parallel|flood|during|slow_down/
    for (const one of conformanceCases.filter(({ title }) => !early.test(title))) {
      server.slowedDown = 0
      await runCase(one, context)
      expect(server.slowedDown, one.title).toBe(0)
    }
  })

  it('the device-auth profile also asks for Pragma and for the interval', async () => {
    const strict = { profile: 'device-auth' } as const
    expect((await run('8628-3.5-2', /first poll/, strict)).message).toContain('expected Pragma: no-cache')
    expect((await run('8628-3.2-7', /interval/, strict)).message).toContain('interval, a positive JSON number')
    expect((await run('8628-3.2-7', /interval/)).status).toBe('passed')
  })

  it('a case that lacks something is skipped and names it', async () => {
    expect(await run('8628-3.4-4', /secret alone/)).toMatchObject({
      status: 'skipped',
      message: 'needs clients.confidentialBasic',
    })
    expect(await run('8628-3.5-8', /answered with expired_token/)).toMatchObject({
      message: 'needs a clock (target.advance)',
    })
    expect(await run('F-40', /another site changes/)).toMatchObject({ status: 'skipped', message: 'needs target.page' })
    const cannot = { deny: () => Promise.reject(skip('nobody can deny here')) }
    expect(await run('8628-3.5-7', /every poll/, cannot)).toMatchObject({
      status: 'skipped',
      message: 'nobody can deny here',
    })
  })

  it('a failure of the target is distinguished from a failure of the server', async () => {
    const broken = { approve: () => Promise.reject(new Error('no such user')) }
    const { status, message } = await run('8628-3.5-1', /answered with tokens$/, broken)
    expect(status).toBe('failed')
    expect(message).toBe('the case could not run: target.approve failed: no such user')
  })

  it('only chooses by id, by the beginning of an id or by a function; onResult gets each result', async () => {
    const heard: string[] = []
    const report = await runConformance(target, {
      only: ['8628-3.5-2', '8628-3.2'],
      onResult: ({ id }) => heard.push(id),
    })
    expect(new Set(heard.map((id) => id.slice(0, 8)))).toEqual(new Set(['8628-3.5', '8628-3.2']))
    expect(heard).toHaveLength(report.results.length)
    expect(report.passed + report.failed + report.skipped).toBe(report.results.length)
    const chosen = await runConformance(target, { only: ({ level }) => level === 'RECOMMENDED' })
    expect(chosen.results.every(({ level }) => level === 'RECOMMENDED')).toBe(true)
    expect(chosen.results.length).toBeGreaterThan(0)
  })

  it('the report has each case, and below it the expectation and the response', async () => {
    server.fault = 'never slow_down'
    const only = ['8628-3.5-2', '8628-3.5-3', '8628-3.5-8']
    const text = formatReport(await runConformance(target, { only }))
    expect(text).toContain(`${target.issuer} (profile rfc): `)
    expect(text).toMatch(/^ok {4}8628-3\.5-2 {2}MUST +the first poll/m)
    expect(text).toMatch(
      /^FAIL {2}8628-3\.5-3 .*\n +expected 400 slow_down, got 400 .*\n +to POST \/token client_id=tv/m,
    )
    expect(text).toMatch(/^skip {2}8628-3\.5-8 .*\n +needs a clock/m)
  })

  it('an endpoint that is neither given nor found makes openConformance reject', async () => {
    await expect(openConformance({ ...target, endpoints: {} })).rejects.toThrow(
      /endpoints\.deviceAuthorization is not given, and the metadata of \S+ has no device_authorization_endpoint/,
    )
  })
})
