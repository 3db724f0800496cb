import { adapterContract, type MountAdapter } from '@device-auth/core/testing'
import type { Request, RequestHandler } from 'express'
import { describe, test } from 'vitest'
import { deviceAuthRouter, metadataRouter } from '../src/index.ts'
import { type Express, versions } from './versions.ts'

const everything = (): boolean => true

/** The body parsers that applications put in front, by name. */
const parsers: Readonly<Record<string, (express: Express) => readonly RequestHandler[]>> = {
  'no parser': () => [],
  json: (express) => [express.json()],
  'urlencoded, extended': (express) => [express.urlencoded({ extended: true })],
  'urlencoded, simple': (express) => [express.urlencoded({ extended: false })],
  'json and urlencoded, as Nest has them': (express) => [express.json(), express.urlencoded({ extended: true })],
  text: (express) => [express.text()],
  'text of every type': (express) => [express.text({ type: everything })],
  raw: (express) => [express.raw()],
  'raw of every type': (express) => [express.raw({ type: everything })],
  'all of them': (express) => [
    express.json(),
    express.urlencoded({ extended: true }),
    express.text(),
    express.raw({ type: everything }),
  ],
}

describe.each(versions)('%s', (_version, express) => {
  describe.each(Object.entries(parsers))('%s', (parser, handlers) => {
    describe.each(['', '/oauth'])('at "%s"', (prefix) => {
      const mount: MountAdapter<Request> = (deviceAuth, cookie) => {
        const app = express()
        if (cookie !== undefined)
          app.use((_req, res, next) => {
            res.append('Set-Cookie', cookie)
            next()
          })
        for (const handler of handlers(express)) app.use(handler)
        app.use(metadataRouter(deviceAuth))
        app.use(prefix === '' ? '/' : prefix, deviceAuthRouter(deviceAuth))
        return app
      }
      const parsed = /urlencoded|every|all/.test(parser)
      const parsedJson = /json|every|all/.test(parser)
      for (const { name, run } of adapterContract(mount, { prefix, parsed, parsedJson, atRoot: true })) test(name, run)
    })
  })
})
