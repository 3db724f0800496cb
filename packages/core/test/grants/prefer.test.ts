import { describe, expect, it } from 'vitest'
import { preferredWait } from '../../src/grants/prefer.ts'

describe('RFC 7240 section 4.3: Prefer: wait', () => {
  it.each<[string | readonly string[] | undefined, number | undefined]>([
    [undefined, undefined],
    ['wait=10', 10],
    ['WAIT = 10', 10],
    ['wait="10"', 10],
    ['respond-async, wait=10', 10],
    ['wait=10; foo=bar', 10],
    ['wait=10, wait=20', 10],
    [['respond-async', 'wait=10'], 10],
    ['foo="a, wait=3", wait=5', 5],
    ['foo; bar="x, wait=3"', undefined],
    ['wait', undefined],
    ['wait; wait=3', undefined],
    ['wait=ten, wait=5', undefined],
    ['wait=0', undefined],
    ['wait=-1', undefined],
    ['wait=1.5', undefined],
    ['wait=99999999999999', undefined],
    ['waiting=10', undefined],
    ['', undefined],
  ])('%j is %j seconds', (prefer, seconds) => {
    expect(preferredWait({ prefer })).toBe(seconds)
  })

  it('a long and hostile header is read in no time', () => {
    // the time of the processor: other processes do not count
    const before = process.cpuUsage()
    expect(preferredWait({ prefer: '\\"'.repeat(500_000) })).toBeUndefined()
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000)
  })
})
