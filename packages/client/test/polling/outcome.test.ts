import { describe, expect, it } from 'vitest'
import { faults, type Step } from '../../src/testing/index.ts'
import { pending } from '../fixtures.ts'
import { start } from './run.ts'

describe('the outcome', () => {
  const oauth = (error: string): Step => ({ status: 400, json: { error, error_description: 'no\u001b[31m way' } })
  it.each([
    ['access_denied', 'denied'],
    ['expired_token', 'expired'],
    ['invalid_grant', 'rejected'],
    ['invalid_client', 'misconfigured'],
    ['unauthorized_client', 'misconfigured'],
    ['something_else', 'rejected'],
    ['server_error', 'rejected'],
  ])('8628-3.5-10 after the error %s no poll follows, and the outcome is %s', async (error, outcome) => {
    const run = start([pending, oauth(error)])
    expect(await run.clock.until(run.result)).toMatchObject({
      ok: false,
      error,
      outcome,
      errorDescription: 'no[31m way',
    })
    expect(run.server.sent).toHaveLength(2)
  })

  it('is lost when the code is unknown after a lost response, and says only what is known', async () => {
    const run = start([pending, faults['body breaks off'], oauth('invalid_grant')])
    expect(await run.clock.until(run.result)).toMatchObject({
      outcome: 'lost',
      restart: true,
      message: 'Invalid grant: The server no longer knows this sign-in.',
    })
  })

  it('is expired when the server has forgotten the code after its expiry, such as while the machine slept', async () => {
    const run = start([pending, oauth('invalid_grant')])
    await run.clock.advance(6)
    run.clock.setBy(3600)
    expect(await run.clock.until(run.result)).toMatchObject({ outcome: 'expired', restart: true })
  })

  it('is network when the last polls got no response', async () => {
    const run = start([pending, faults.hang])
    expect(await run.clock.until(run.result)).toMatchObject({ outcome: 'network', error: 'timeout' })
  })
})
