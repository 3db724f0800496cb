import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/checks.ts'
import type { Hooks } from '../../src/contract/hooks.ts'
import { deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { clients, expectError, expectToken, issuer } from '../server.ts'
import { alice, createPageServer, title } from '../verification/visitor.ts'

const tv = deviceClient({ client_id: 'matching', scope: 'profile', number_matching: true })

/** A device with an approved request, and the number that the page shows. */
async function approved(hooks: Partial<Hooks> = {}) {
  const server = createPageServer({ clients: [...clients, tv], hooks })
  const refused: unknown[] = []
  server.deviceAuth.on('refused', (event) => refused.push(event))
  const codes = await server.start({ client_id: 'matching' })
  const visitor = server.visit(alice)
  const handle = await visitor.handle(await visitor.enter(codes.user_code))
  const page = await visitor.post({ handle, action: 'approve' })
  const number = /<strong class="code">(\d{4})<\/strong>/.exec(page.body)?.[1] ?? ''
  const poll = (matching?: string) => {
    server.clock.advance(5)
    const extra: Record<string, string> = matching === undefined ? {} : { matching_number: matching }
    return server.poll(codes.device_code, { client_id: 'matching', ...extra })
  }
  const wrong = number === '0000' ? '0001' : '0000'
  return { server, codes, page, number, wrong, poll, refused }
}

describe('number matching', () => {
  it('XD-6.1.16 the page shows a number after the approval; the device gets its tokens only with that number', async () => {
    const { page, number, wrong, poll } = await approved()
    expect(title(page)).toBe('One more step')
    expect(page.body).not.toContain('class="sign good"')
    const pending = await poll()
    expectError(pending, 'authorization_pending')
    expect(pending.body).toContain('matching_number')
    expectError(await poll(wrong), 'authorization_pending')
    expectToken(await poll(number))
  })

  it('F-17 a lost answer is repeated without the number', async () => {
    const { number, poll } = await approved()
    const first = expectToken(await poll(number))
    expect(expectToken(await poll())).toEqual(first)
  })

  it('XD-6.1.16 three wrong numbers are allowed; the next one ends the request and emits an event', async () => {
    const { server, number, wrong, poll, refused } = await approved()
    const signedOut: unknown[] = []
    server.deviceAuth.on('signedOut', (event) => signedOut.push(event))
    for (let attempt = 0; attempt < 3; attempt++) expectError(await poll(wrong), 'authorization_pending')
    expect([refused, signedOut]).toEqual([[], []])
    expectError(await poll(number), 'access_denied')
    expect(signedOut).toMatchObject([{ clientId: 'matching', subject: 'alice', by: 'client' }])
    expect(refused).toMatchObject([{ reason: 'matchingNumber', clientId: 'matching', subject: 'alice' }])
    expectError(await poll(number), 'expired_token')
  })

  it('XD-6.1.16 a right number is no attempt: a hook that fails again and again ends nothing', async () => {
    let failures = 5
    const beforeIssue = (): boolean => {
      if (failures-- > 0) throw new Error('the account service is away')
      return true
    }
    const { number, wrong, poll, refused } = await approved({ beforeIssue, onError: () => undefined })
    for (let attempt = 0; attempt < 5; attempt++) await poll(number)
    expectError(await poll(wrong), 'authorization_pending')
    expectToken(await poll(number))
    expect(refused).toEqual([])
  })

  it('XD-6.1.16 parallel polls share the attempts', async () => {
    const { server, number, wrong, poll } = await approved()
    let ends = 0
    server.deviceAuth.on('signedOut', () => void ends++)
    const answers = await Promise.all(Array.from({ length: 20 }, () => poll(wrong)))
    expect(ends).toBe(1)
    const kinds = answers.map(({ body }) => JSON.parse(body).error)
    expect(kinds.filter((kind) => kind === 'authorization_pending')).toHaveLength(3)
    expectError(await poll(number), 'expired_token')
  })

  it.each(['', '12345', '1', 'abcd', '１２３４', `${'9'.repeat(1000)}`])(
    'XD-6.1.16 %j is a wrong number',
    async (text) => {
      const { poll } = await approved()
      expectError(await poll(text), 'authorization_pending')
    },
  )

  it('XD-6.1.16 a number before the approval has no effect; a client without number_matching needs none', async () => {
    const server = createPageServer({ clients: [...clients, tv] })
    const codes = await server.start({ client_id: 'matching' })
    const { id } = (await server.deviceAuth.find(codes.user_code))!
    const number = server.deviceAuth.matchingNumber(id)
    const parameters = { client_id: 'matching', matching_number: number }
    expectError(await server.poll(codes.device_code, parameters), 'authorization_pending')
    await server.approve(codes.user_code)
    expectToken(await server.poll(codes.device_code, parameters))
    expect((await server.signIn()).access_token).toBeTypeOf('string')
  })

  it('XD-6.1.16 each request has its own number, and it is the same in all processes with one secret', async () => {
    const secret = 'a secret that several processes share'
    const [one, other] = [createPageServer({ secret }), createPageServer({ secret })]
    const number = one.deviceAuth.matchingNumber('a')
    expect(number).toMatch(/^\d{4}$/)
    expect(other.deviceAuth.matchingNumber('a')).toBe(number)
    const numbers = new Set(Array.from({ length: 100 }, (_, index) => one.deviceAuth.matchingNumber(`${index}`)))
    expect(numbers.size).toBeGreaterThan(90)
    expect(createPageServer().deviceAuth.matchingNumber('a')).toMatch(/^\d{4}$/)
  })

  it('anything but true or false is refused at construction', () => {
    const client = { ...tv, ...Object({ number_matching: 'yes' }) }
    expect(() => createDeviceAuth({ issuer, clients: [client] })).toThrow(OptionError)
    expect(() => createDeviceAuth({ issuer, clients: [client] })).toThrow('clients[0].number_matching')
  })
})
