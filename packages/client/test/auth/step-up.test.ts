import { expect, it } from 'vitest'
import { readStepUp } from '../../src/index.ts'

const error = 'error="insufficient_user_authentication"'

it.each([
  [
    `Bearer ${error}, acr_values="gold silver", max_age="300"`,
    { parameters: { acr_values: 'gold silver', max_age: '300' } },
  ],
  [`DPoP realm="a, max_age=\\"1\\"", ${error}, max_age=5, algs="ES256"`, { parameters: { max_age: '5' } }],
  [`bearer ERROR = "insufficient_user_authentication" , scope="a b"`, { parameters: {}, scope: 'a b' }],
  [`Bearer error_description="error=\\"insufficient_user_authentication\\"", max_age="5"`, undefined],
  ['Bearer error="insufficient_scope", scope="a"', undefined],
  ['Bearer', undefined],
  ['', undefined],
])('9470-4 %s', (challenge, expected) => {
  expect(readStepUp(challenge)).toEqual(expected)
  const headers = new Headers(challenge === '' ? {} : { 'www-authenticate': challenge })
  expect(readStepUp(new Response(null, { status: 401, headers }))).toEqual(expected)
})

it('9470-4 a long header without a parameter is read in no time', () => {
  const before = process.cpuUsage()
  expect(readStepUp(`Bearer ${'a'.repeat(60_000)}`)).toBeUndefined()
  expect(process.cpuUsage(before).user).toBeLessThan(500_000)
})
