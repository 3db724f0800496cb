import { KoaPassport } from 'koa-passport'
import Koa from 'koa3'
import request from 'supertest'
import { expect, it } from 'vitest'
import { DeviceTokenStrategy } from '../src/index.ts'
import { deviceAuth } from './apps.ts'

function createApp() {
  const passport = new KoaPassport()
  passport.use(new DeviceTokenStrategy({ deviceAuth }, ({ subject }) => ({ id: subject })))
  const app = new Koa().use(passport.initialize())
  app.silent = true
  app.use(passport.authenticate('device-token', { session: false, scope: 'music' }))
  app.use((ctx) => {
    ctx.body = ctx.state.user
  })
  return app
}

it('under koa-passport a good token gives its user', async () => {
  const { status, body } = await request(createApp().callback()).get('/').set('authorization', 'Bearer good')
  expect([status, body]).toEqual([200, { id: 'ann' }])
})

it('under koa-passport the others are refused with status and challenge', async () => {
  const app = createApp()
  const ask = (authorization: string) => request(app.callback()).get('/').set({ authorization })
  expect((await ask('')).headers['www-authenticate']).toBe('Bearer realm="https://example.com"')
  expect((await ask('Bearer wrong')).status).toBe(401)
  expect((await ask('Bearer a b')).status).toBe(400)
  expect((await ask('Bearer down')).status).toBe(503)
})
