import { describe, expect, it } from 'vitest'
import { checkPolls } from '../../src/doctor/polls.ts'
import type { RecordedAnswer } from '../../src/doctor/recording.ts'
import { answer, deviations } from './answers.ts'

describe('checkPolls', () => {
  const answerWith = (error: string, status = 400): RecordedAnswer => answer({ error }, { status })
  const correct = [answerWith('authorization_pending'), answerWith('slow_down'), answerWith('invalid_grant')] as const

  it('finds nothing in a correct answer', () => {
    expect(deviations(checkPolls(...correct))).toEqual([])
  })

  it('names each deviation', () => {
    const [pending, slow, unissued] = correct
    expect(deviations(checkPolls(answerWith('authorization_pending', 200), slow, unissued))).toEqual([
      'warning: authorization_pending comes with HTTP 200, not 400',
    ])
    expect(deviations(checkPolls(answer({ access_token: 'x' }), slow, unissued))).toEqual([
      'problem: A poll before the approval gets no error (HTTP 200)',
    ])
    expect(deviations(checkPolls(pending, answerWith('slow_down', 429), unissued))).toEqual([])
    expect(deviations(checkPolls(pending, answerWith('rate_limited', 429), unissued))).toEqual([
      'warning: A second poll right after the first gets HTTP 429, not slow_down',
    ])
    expect(deviations(checkPolls(pending, slow, answerWith('expired_token')))).toEqual([
      'warning: An unknown device code gets expired_token (HTTP 400), not invalid_grant',
    ])
    expect(deviations(checkPolls(pending, slow, pending))).toEqual([
      'problem: An unknown device code gets authorization_pending (HTTP 400)',
    ])
  })
})
