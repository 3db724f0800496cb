// better-auth with its device authorization plugin, on SQLite in memory: its own memory adapter looks at every record.

import { createServer } from 'node:http'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { deviceAuthorization } from 'better-auth/plugins'
import Database from 'better-sqlite3'
import { issuer } from './pending.js'

export async function start() {
  const database = new Database(':memory:')
  const options = {
    baseURL: issuer,
    secret: 'a secret of at least 32 characters',
    database,
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    plugins: [deviceAuthorization({ expiresIn: '60m', interval: '1s', schema: {} })],
  }
  const { runMigrations } = await getMigrations(options)
  await runMigrations()
  database.exec('CREATE INDEX device ON deviceCode (deviceCode); CREATE INDEX user_code ON deviceCode (userCode)')
  const auth = betterAuth(options)
  const ada = { email: 'ada@example.com', password: 'a long password', name: 'Ada' }
  const { headers: signedUp } = await auth.api.signUpEmail({ body: ada, returnHeaders: true })
  const cookie = signedUp.getSetCookie().map((one) => one.split(';')[0])
  const headers = new Headers({ cookie: cookie.join('; '), origin: issuer })
  const approve = async (userCodes) => {
    for (const one of userCodes) {
      await auth.api.deviceVerify({ query: { user_code: one }, headers })
      await auth.api.deviceApprove({ body: { userCode: one }, headers })
    }
  }
  return { server: createServer(toNodeHandler(auth)), approve }
}
