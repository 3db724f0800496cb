import { expect, it } from 'vitest'
import { deviceClient } from '../../src/protocol.ts'
import { createTestServer } from '../server.ts'

const hostile: readonly (readonly [string, string])[] = [
  ['NUL', 'a\u0000b'],
  ['CRLF', 'a\r\nset-cookie: x'],
  ['an escape sequence', '\u001b[2Ja'],
  ['a bidi control', 'a\u202eb'],
  ['12 kB', 'a'.repeat(12_000)],
]

/** Every string in the arguments of a hook, but the framework's request, which is handed on as it is. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(texts)
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : []
}

it.each(hostile)('6749-10.14-1 no hook that reads a text of a device gets %s', async (_name, text) => {
  const heard: string[] = []
  const hear =
    <Result>(result: Result) =>
    (...given: readonly unknown[]): Result => {
      heard.push(...given.flatMap(texts))
      return result
    }
  const client = deviceClient({
    client_id: 'conf',
    client_secret: 'Zq3vT8mK1xW6rB0nY5cH9dL2sJ7pF4gA',
    scope: 'profile',
  })
  const server = createTestServer({
    clients: (id) => hear(id === 'conf' ? client : undefined)(id),
    hooks: {
      verifyClientSecret: (_client, secret) => hear(true)(secret),
      validateRequestedScope: (_client, scope) => hear('profile')(scope),
      resolveLoginHint: (hint) => hear(undefined)(hint),
    },
  })
  const right = { client_id: 'conf', client_secret: 'x'.repeat(32) }
  for (const form of [
    { client_id: text },
    { ...right, client_secret: text },
    { ...right, scope: text },
    { ...right, login_hint: text },
    { ...right, device_name: text, device_model: text },
  ]) {
    const { status, body } = await server.deviceAuthorization(form, { headers: { 'user-agent': text } })
    expect(status).toBeLessThan(500)
    if (status !== 200) continue
    const { requester } = (await server.deviceAuth.find(JSON.parse(body).user_code)) ?? {}
    heard.push(...texts(requester))
  }
  expect(heard).not.toEqual([])
  for (const one of heard) {
    expect(one).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(one.length).toBeLessThanOrEqual(4_096)
  }
})
