import { describe, expect, it } from 'vitest'
import { checkPolls } from '../../src/doctor/polls.ts'
import type { Recorded } from '../../src/doctor/recording.ts'
import { answer, not } from './answers.ts'

describe('checkPolls', () => {
  const says = (error: string, status = 400): Recorded => answer({ error }, { status })
  const right = [says('authorization_pending'), says('slow_down'), says('invalid_grant')] as const

  it('has nothing to say of what is right', () => {
    expect(not(checkPolls(...right))).toEqual([])
  })

  it('names each deviation', () => {
    const [pending, slow, unknown] = right
    expect(not(checkPolls(says('authorization_pending', 200), slow, unknown))).toEqual([
      'warning: authorization_pending comes with HTTP 200, not 400',
    ])
    expect(not(checkPolls(answer({ access_token: 'x' }), slow, unknown))).toEqual([
      'problem: A poll before the approval is answered no error, HTTP 200',
    ])
    expect(not(checkPolls(pending, says('slow_down', 429), unknown))).toEqual([])
    expect(not(checkPolls(pending, says('rate_limited', 429), unknown))).toEqual([
      'warning: A poll right after it is answered HTTP 429, not slow_down',
    ])
    expect(not(checkPolls(pending, slow, says('expired_token')))).toEqual([
      'warning: An invented device code is answered expired_token, HTTP 400, not invalid_grant',
    ])
    expect(not(checkPolls(pending, slow, pending))).toEqual([
      'problem: An invented device code is answered authorization_pending, HTTP 400',
    ])
  })
})
