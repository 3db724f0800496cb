import type { RequestHandler } from 'express'
import express4 from 'express4'
import express5 from 'express5'
import passport07, { type Strategy } from 'passport'
import passport06 from 'passport06'
import { DeviceTokenStrategy, oauthErrorHandler, type TokenClaims } from '../src/index.ts'

/** The majors that are supported. */
export const versions = [
  ['Passport 0.6 on Express 4', passport06, express4],
  ['Passport 0.6 on Express 5', passport06, express5],
  ['Passport 0.7 on Express 4', passport07, express4],
  ['Passport 0.7 on Express 5', passport07, express5],
] as const

export type Version = (typeof versions)[number]

export const claims: TokenClaims = {
  subject: 'ann',
  clientId: 'tv',
  scope: 'videos music',
  issuedAt: 0,
  expiresAt: 1,
  grantId: 'g',
}

/** Knows one token, `good`, and fails for `down`. */
export const deviceAuth = {
  issuer: 'https://example.com',
  async authenticate(token: string): Promise<TokenClaims | undefined> {
    if (token === 'down') throw new Error('the store is down')
    return token === 'good' ? claims : undefined
  },
}

interface AppOptions {
  readonly strategy?: Strategy
  readonly scope?: string
  /** Further options of `authenticate()`, which may be wrong ones. */
  readonly route?: object
  readonly handler?: boolean
}

/** An application with a protected route that answers with user and info. */
export function createApp([, passport, express]: Version, options: AppOptions = {}) {
  const { scope, route, handler = true } = options
  const strategy = options.strategy ?? new DeviceTokenStrategy({ deviceAuth }, ({ subject }) => ({ id: subject }))
  const authenticator = new passport.Passport()
  authenticator.use(strategy)
  const app = express()
  const protect: RequestHandler = authenticator.authenticate('device-token', {
    session: false,
    ...(scope === undefined ? {} : { scope }),
    ...route,
  })
  app.use(express.urlencoded({ extended: false }))
  app.all('/', protect, (req, res) => {
    res.json({ user: req.user, info: req.authInfo })
  })
  if (handler) app.use(oauthErrorHandler({ onError: () => {} }))
  return app
}
