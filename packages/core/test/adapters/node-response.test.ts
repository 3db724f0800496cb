import type { RequestListener, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { writeResponse } from '../../src/adapters/node-response.ts'
import { jsonResponse } from '../../src/http.ts'
import { ask } from './ask.ts'

describe('writeResponse', () => {
  it('writes nothing if a response has been written', async () => {
    const listener: RequestListener = (_req, res) => {
      res.end('first')
      writeResponse(res, jsonResponse(200, { second: true }))
    }
    expect((await ask(listener, 'GET', '/')).body).toBe('first')
  })

  it('writes each value of a header with several values', async () => {
    const listener: RequestListener = (_req, res: ServerResponse) =>
      writeResponse(res, { status: 200, headers: { 'set-cookie': ['a=1', 'b=2'], 'content-length': '0' }, body: '' })
    expect((await ask(listener, 'GET', '/')).headers['set-cookie']).toBe('a=1, b=2')
  })
})
