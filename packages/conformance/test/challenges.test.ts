import { describe, expect, it } from 'vitest'
import { readChallenges } from '../src/challenges.ts'

const bearer = { scheme: 'bearer', parameters: [['realm', 'api']] }

describe('readChallenges', () => {
  it.each([
    ['Bearer realm="api"', [bearer]],
    ['Bearer realm=api', [bearer]],
    [
      'Bearer realm="api", DPoP algs="ES256 PS256"',
      [bearer, { scheme: 'dpop', parameters: [['algs', 'ES256 PS256']] }],
    ],
    [
      'DPoP algs="ES256", error="use_dpop_nonce", Bearer realm="api"',
      [
        {
          scheme: 'dpop',
          parameters: [
            ['algs', 'ES256'],
            ['error', 'use_dpop_nonce'],
          ],
        },
        bearer,
      ],
    ],
    ['DPoP, Bearer realm="api"', [{ scheme: 'dpop', parameters: [] }, bearer]],
    ['Bearer realm="a, Basic b=\\"c\\""', [{ scheme: 'bearer', parameters: [['realm', 'a, Basic b="c"']] }]],
    [
      'Bearer error="a", error="b"',
      [
        {
          scheme: 'bearer',
          parameters: [
            ['error', 'a'],
            ['error', 'b'],
          ],
        },
      ],
    ],
    ['Negotiate abc==, Bearer realm="api"', [{ scheme: 'negotiate', parameters: [] }, bearer]],
    ['', []],
    ['"', []],
  ])('%s', (header, expected) => {
    expect(readChallenges(header)).toEqual(expected)
  })
})
