import { connect } from 'node:http2'
import { text } from 'node:stream/consumers'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { describe, expect, it } from 'vitest'
import { majors, platforms } from './majors.ts'
import { options, signIn, start } from './running.ts'

describe.each(majors)('%s', (_name, nest) => {
  it.each(platforms)('on %s, it needs no body parser', async (platform) => {
    const imports = [nest.DeviceAuthModule.forRoot(options)]
    const { app, origin } = await start(nest, { imports }, platform, () => {}, { bodyParser: false })
    await signIn(nest, app, `${origin}/oauth`, 'videos')
  })

  it('answers requests by app.inject and by HTTP/2', async () => {
    const body = 'client_id=tv'
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { app } = await start(nest, { imports: [nest.DeviceAuthModule.forRoot(options)] }, 'Fastify')
    const instance = (app as NestFastifyApplication).getHttpAdapter().getInstance()
    const injected = await instance.inject({ method: 'POST', url: '/oauth/device_authorization', headers, body })
    expect([injected.statusCode, injected.json()]).toMatchObject([200, { expires_in: 600 }])

    const adapter = new nest.FastifyAdapter({ http2: true } as object)
    const second = await start(nest, { imports: [nest.DeviceAuthModule.forRoot(options)] }, adapter)
    const session = connect(second.origin)
    const request = session.request({ ':method': 'POST', ':path': '/oauth/device_authorization', ...headers })
    request.end(body)
    expect(JSON.parse(await text(request))).toMatchObject({ expires_in: 600 })
    session.close()
  })
})
