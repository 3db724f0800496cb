import { expect, it } from 'vitest'
import { isClientIdUrl } from '../../src/metadata-documents/client-id-url.ts'

it.each([
  'https://tool.example/',
  'https://tool.example/client.json',
  'https://tool.example:8443/a/b?c=d',
  'https://xn--80ak6aa92e.example/client',
])('CIMD-3 "MUST have an https scheme, MUST contain a path component": %s', (text) => {
  expect(isClientIdUrl(text)).toBe(true)
})

it.each([
  'tv',
  'http://tool.example/client',
  'HTTPS://tool.example/client',
  'https://tool.example',
  'https://tool.example/a/../client',
  'https://tool.example/./client',
  'https://tool.example/%2e%2e/client',
  'https://tool.example/client#',
  'https://tool.example/client#part',
  'https://user@tool.example/client',
  'https://user:secret@tool.example/client',
  'https://@tool.example/client',
  'https://Tool.example/client',
  'https://tool.example:443/client',
  'https://tool.example\\client',
  ' https://tool.example/client',
  'https://tool.example/client ',
  'https://2130706433/client',
  'https:///client',
  'https://',
  `https://tool.example/${'a'.repeat(500)}`,
])('CIMD-3 "MUST NOT contain" dot segments, a fragment, a user; and only one spelling: %s', (text) => {
  expect(isClientIdUrl(text)).toBe(false)
})
