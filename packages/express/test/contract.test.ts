import type { Request, RequestHandler } from 'express'
import { httpContract } from '../../core/test/http-contract.ts'
import { deviceAuthRouter } from '../src/index.ts'
import { type Express, versions } from './versions.ts'

const everything = (): boolean => true

/** What applications have in front, by name. */
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

for (const [version, express] of versions) {
  for (const [name, handlers] of Object.entries(parsers)) {
    for (const prefix of ['', '/oauth']) {
      httpContract<Request>({
        name: `${version}, ${name}, ${prefix === '' ? 'at the root' : 'under a prefix'}`,
        prefix,
        parsed: /urlencoded|every|all/.test(name),
        mount: (deviceAuth, cookie) => {
          const app = express()
          if (cookie !== undefined)
            app.use((_req, res, next) => {
              res.append('Set-Cookie', cookie)
              next()
            })
          for (const handler of handlers(express)) app.use(handler)
          app.use(prefix === '' ? '/' : prefix, deviceAuthRouter(deviceAuth))
          return app
        },
      })
    }
  }
}
