// better-auth with its device authorization plugin, and a user who decides.
import type { RequestListener } from 'node:http'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { toNodeHandler } from 'better-auth/node'
import { deviceAuthorization } from 'better-auth/plugins'

export interface BetterAuth {
  readonly listener: RequestListener
  /** Signs a user up. The server has to listen. */
  signUp(): Promise<void>
  /** The user opens the page, which claims the code, and decides. */
  decide(userCode: string, decision: 'approve' | 'deny'): Promise<void>
}

/** Creates the server, with an interval of a second. Its endpoints are below `/api/auth`. */
export function createBetterAuth(origin: string): BetterAuth {
  const db = { user: [], session: [], account: [], verification: [], deviceCode: [] }
  const auth = betterAuth({
    baseURL: origin,
    secret: 'a secret of at least 32 characters',
    database: memoryAdapter(db),
    emailAndPassword: { enabled: true },
    plugins: [deviceAuthorization({ expiresIn: '10m', interval: '1s', schema: {} })],
  })
  const handle = toNodeHandler(auth)
  let cookie = ''
  const post = async (path: string, body: object): Promise<Response> => {
    const headers = { 'content-type': 'application/json', origin, cookie }
    const response = await fetch(`${origin}/api/auth${path}`, { method: 'POST', body: JSON.stringify(body), headers })
    if (!response.ok) throw new Error(`${path} answered ${response.status}`)
    return response
  }
  return {
    // it rejects for TRACE, which would end the process
    listener: (req, res) => void handle(req, res).catch(() => res.writeHead(500).end()),
    async signUp() {
      const user = { email: 'ada@example.com', password: 'a long password', name: 'Ada' }
      const answer = await post('/sign-up/email', user)
      cookie = answer.headers
        .getSetCookie()
        .map((one) => one.split(';')[0])
        .join('; ')
    },
    async decide(userCode, decision) {
      await fetch(`${origin}/api/auth/device?user_code=${userCode}`, { headers: { cookie } })
      await post(`/device/${decision}`, { userCode })
    },
  }
}
