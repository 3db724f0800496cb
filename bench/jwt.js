// The cost of a JWT access token, against bare calls of jose with the same key and claims.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { jwtAccessTokens } from '@device-auth/jwt'
import { SignJWT } from 'jose'

const audience = 'https://api.example.com'
const issuer = 'https://example.com/oauth'
const rounds = 20
const perRound = 500

/** The approved grant of a device, as the server passes it to the token format. */
const approved = {
  grantType: 'refresh_token',
  grantId: randomBytes(32).toString('base64url'),
  client: { client_id: 'tv' },
  userGrant: { subject: 'ada', approved: true, scope: 'videos' },
  scope: 'videos',
}

/** Microseconds of one call, on average over a round. */
async function time(call) {
  const started = process.hrtime.bigint()
  for (let done = 0; done < perRound; done++) await call()
  return Number(process.hrtime.bigint() - started) / 1000 / perRound
}

async function compare(alg, key) {
  const format = jwtAccessTokens({ keys: { key, alg }, audience })
  const [{ kid }] = await format.keys.list()
  const ours = () => format.issue(approved, { issuer, now: Date.now() })
  const bare = () => {
    const iat = Math.floor(Date.now() / 1000)
    const jti = `${approved.grantId}.${randomBytes(16).toString('base64url')}`
    const claims = {
      iss: issuer,
      sub: 'ada',
      aud: audience,
      client_id: 'tv',
      iat,
      exp: iat + 300,
      jti,
      scope: 'videos',
    }
    return new SignJWT(claims).setProtectedHeader({ alg, typ: 'at+jwt', kid }).sign(key)
  }
  const times = { ours: [], bare: [] }
  // in turn and in both orders, so that a busy machine slows both down
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? ['bare', 'ours'] : ['ours', 'bare']
    for (const who of order) times[who].push(await time(who === 'ours' ? ours : bare))
  }
  // the fastest round is the one that other work on the machine disturbed least
  const [own, jose] = [Math.min(...times.ours), Math.min(...times.bare)]
  console.log(
    `${alg}: ${own.toFixed(1)} µs a token, jose alone ${jose.toFixed(1)} µs: ${(own / jose).toFixed(2)} times`,
  )
}

await compare('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
await compare('EdDSA', generateKeyPairSync('ed25519').privateKey)
await compare('RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)
