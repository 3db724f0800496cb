import express from 'express5'
import request from 'supertest'
import { expect, it, vi } from 'vitest'
import { OAuthError, oauthErrorHandler } from '../src/index.ts'

const app = (handler: ReturnType<typeof oauthErrorHandler>, error: unknown) =>
  express()
    .get('/', () => {
      throw error
    })
    .use(handler)

it('writes an OAuth error as the RFCs say, and lets every other error go on', async () => {
  const { status, body } = await request(app(oauthErrorHandler(), new OAuthError('invalid_request', 'No.'))).get('/')
  expect([status, body]).toEqual([400, { error: 'invalid_request', error_description: 'No.' }])
  const other = Object.assign(new Error('odd'), { status: 418 })
  expect((await request(app(oauthErrorHandler(), other)).get('/')).status).toBe(418)
})

it('an error of this application is logged with its cause, because its answer does not say what has failed', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue(undefined)
  const error = new OAuthError('temporarily_unavailable', undefined, { cause: new Error('a wrong secret') })
  expect((await request(app(oauthErrorHandler(), error)).get('/')).status).toBe(503)
  expect(log.mock.calls).toEqual([['Device Auth:', error]])
  log.mockRestore()
})

it('mounted without being called, or with wrong options, it says so', async () => {
  const make = (...given: unknown[]): unknown => Reflect.apply(oauthErrorHandler, undefined, given)
  expect(() => make({}, {}, () => {})).toThrow('mount it by app.use(oauthErrorHandler())')
  expect(() => make({ onEror: () => {} })).toThrow('option `onEror` is unknown; did you mean `onError`?')
  expect(() => make({ onError: 'log' })).toThrow('option `onError` is "log"; expected a function')
  expect(() => make('log')).toThrow('oauthErrorHandler() needs an object of options')
  expect(make(null)).toEqual(expect.any(Function))
})
