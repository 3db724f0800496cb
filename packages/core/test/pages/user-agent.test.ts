import { describe, expect, it } from 'vitest'
import { describeUserAgent } from '../../src/pages/user-agent.ts'

describe('a User-Agent in words', () => {
  it.each([
    ['SmartTV/6.2 (Linux; Tizen 8.0)', 'Samsung TV, Tizen'],
    [
      'Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) 94.0.4606.31/7.0 TV Safari/537.36',
      'Samsung TV, Tizen',
    ],
    [
      'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0 Safari/537.36',
      'LG TV, webOS',
    ],
    ['Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH2 Build/SP1A) AppleWebKit/537.36 Chrome/120.0', 'Sony TV, Android'],
    ['AppleTV14,1/17.2 tvOS', 'Apple TV, tvOS'],
    ['Mozilla/5.0 (Linux; Android 9; AFTMM) AppleWebKit/537.36', 'Amazon Fire TV, Android'],
    ['Roku/DVP-13.0 (13.0.0.4156-88)', 'Roku'],
    ['Mozilla/5.0 (PlayStation; PlayStation 5/8.20) AppleWebKit/605.1.15', 'PlayStation 5'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Version/17.1 Mobile Safari/604.1', 'iPhone'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0', 'Windows, Firefox'],
    ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0', 'Windows, Edge'],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 14) AppleWebKit/605.1 Version/17.1 Safari/605.1', 'macOS, Safari'],
    ['curl/8.5.0', 'curl'],
    ['Go-http-client/2.0', 'Go'],
    ['python-requests/2.31.0', 'Python'],
    ['TV/1.0 (Linux)', 'TV, Linux'],
  ])('%s is %s', (header, words) => {
    expect(describeUserAgent(header)).toBe(words)
  })

  it.each(['', 'MyApp/1.0', 'Your bank asks you to approve', 'x'.repeat(200)])('%j is not shown', (header) => {
    expect(describeUserAgent(header)).toBeUndefined()
  })
})
