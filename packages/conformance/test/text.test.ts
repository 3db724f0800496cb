import { describe, expect, it } from 'vitest'
import { describeRequest, redact } from '../src/describe.ts'
import type { HttpResponse } from '../src/http.ts'
import { parseObject, repeatedMembers } from '../src/json.ts'
import { codeForm, readDecision, readForms } from '../src/page-forms.ts'

const page = (text: string): HttpResponse => ({
  status: 200,
  headers: new Headers(),
  text,
  request: { method: 'GET', url: 'http://127.0.0.1/oauth/device?x=1' },
  strict: false,
})

describe('repeatedMembers', () => {
  it.each([
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"a":1,"\\u0061":2}', ['a']],
    ['{"a":{"a":1},"b":[{"a":1},{"a":2}]}', []],
    ['{"a":{"b":1,"b":2}}', ['b']],
    ['{"a":"\\"a\\":1,","b":"}{"}', []],
    ['["a","a"]', []],
  ])('%s', (text, expected) => {
    expect(repeatedMembers(text)).toEqual(expected)
  })

  it('parseObject takes objects only', () => {
    expect(parseObject('{"a":1}')).toEqual({ a: 1 })
    for (const text of ['[]', 'null', '1', '{', '']) expect(parseObject(text)).toBeUndefined()
  })
})

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

describe('forms', () => {
  it('reads method, action, hidden fields, text fields and buttons', () => {
    const html = `<form method="post" action="?handle=x"><input type=hidden name=handle value="a&amp;b"><input name='user_code'>
      <button name="action" value="continue">Continue</button><button type="button">Help</button></form>`
    expect(readForms(page(html))).toEqual([
      {
        method: 'POST',
        action: 'http://127.0.0.1/oauth/device?handle=x',
        hidden: [['handle', 'a&b']],
        fields: ['user_code'],
        buttons: [{ name: 'action', value: 'continue', label: 'Continue' }],
      },
    ])
    expect(codeForm(page(html))?.fields).toEqual(['user_code'])
    expect(readDecision(page(html))).toBeUndefined()
  })

  it('finds approve and deny by their values or their labels', () => {
    const html = `<form method=post><button name=action value=deny>No</button><input type="submit" name="go" value="Allow"></form>`
    const decision = readDecision(page(html))
    expect(decision?.approve).toEqual({ name: 'go', value: 'Allow', label: 'Allow' })
    expect(decision?.deny).toEqual({ name: 'action', value: 'deny', label: 'No' })
  })
})
