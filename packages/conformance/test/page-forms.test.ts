import { describe, expect, it } from 'vitest'
import type { HttpResponse } from '../src/http.ts'
import { codeForm, readDecision, readForms } from '../src/page-forms.ts'

const page = (text: string): HttpResponse => ({
  status: 200,
  headers: new Headers(),
  text,
  request: { method: 'GET', url: 'http://127.0.0.1/oauth/device?x=1' },
  strict: false,
})

describe('forms', () => {
  it('reads method, action, hidden fields, text fields and buttons', () => {
    const html = `<form method="post" action="?handle=x"><input type=hidden name=handle value="a&amp;b"><input name='user_code'>
      <input type="checkbox" name="sure" value="yes" required><input type="checkbox" name="more">
      <button name="action" value="continue">Continue</button><button type="button">Help</button></form>`
    expect(readForms(page(html))).toEqual([
      {
        method: 'POST',
        action: 'http://127.0.0.1/oauth/device?handle=x',
        hidden: [['handle', 'a&b']],
        boxes: [['sure', 'yes']],
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
