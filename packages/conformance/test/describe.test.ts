import { describe, expect, it } from 'vitest'
import { describeRequest, redact } from '../src/describe.ts'

describe('redaction', () => {
  it('takes secrets out of forms, addresses and JSON', () => {
    const text =
      'client_id=tv&client_secret=s3cret&device_code=abc%20d {"access_token": "at", "user_code":"BCDF","error":"x"}'
    const redacted = redact(text)
    expect(redacted).not.toMatch(/s3cret|abc|"at"|BCDF/)
    expect(redacted).toContain('client_id=tv&client_secret=[redacted]&device_code=[redacted]')
    expect(redacted).toContain('"error":"x"')
  })

  it('takes credentials out of headers', () => {
    const request = {
      method: 'POST',
      url: 'https://as.example/token?token=t',
      headers: [['Authorization', 'Basic c2VjcmV0']],
      body: 'a=b',
    } as const
    expect(describeRequest(request)).toBe('POST /token?token=[redacted] [Authorization: Basic …] a=b')
  })
})
