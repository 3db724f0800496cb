import { expect, it } from 'vitest'
import { freshFor } from '../../src/metadata-documents/freshness.ts'

const date = 'Thu, 01 Jan 2026 00:00:00 GMT'

it.each([
  [{}, 60],
  [{ 'cache-control': 'max-age=1800' }, 30],
  [{ 'cache-control': 'public, Max-Age="1800"' }, 30],
  [{ 'cache-control': ['public', 'max-age=1800'] }, 30],
  [{ 'cache-control': 'max-age=1800', age: '600' }, 20],
  [{ 'cache-control': 'max-age=1800', expires: date, date }, 30],
  [{ expires: 'Thu, 01 Jan 2026 02:00:00 GMT', date }, 120],
  [{ 'cache-control': 'max-age=1800, no-store' }, 5],
  [{ 'cache-control': 'no-cache' }, 5],
  [{ 'cache-control': 'max-age=0' }, 5],
  [{ 'cache-control': 'max-age=-1' }, 5],
  [{ 'cache-control': 'max-age' }, 5],
  [{ 'cache-control': 'max-age=1800', age: '9999' }, 5],
  [{ 'cache-control': 'max-age=99999999999999999999' }, 24 * 60],
  [{ 'cache-control': `max-age=${'9'.repeat(400)}` }, 5],
  [{ expires: '0', date }, 5],
  [{ expires: 'Thu, 01 Jan 2026 02:00:00 GMT' }, 5],
])('CIMD-5.2 "SHOULD respect HTTP cache headers", within bounds: %j is fresh for %d minutes', (headers, minutes) => {
  expect(freshFor({ status: 200, headers, text: '' })).toBe(minutes * 60_000)
})
