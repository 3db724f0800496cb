// The cost of a poll with a DPoP proof, and of a JWT access token, through the token endpoint in this process: each beside the same
// request without it plus bare calls of jose. CPU of the whole process counts, because WebCrypto works in other threads.
// Usage: node bound.js [rounds]

import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { createDeviceAuth, DEVICE_CODE_GRANT_TYPE, deviceClient } from '@device-auth/core'
import { dpop, jwtAccessTokens } from '@device-auth/jwt'
import { calculateJwkThumbprint, EmbeddedJWK, exportJWK, jwtVerify, SignJWT } from 'jose'
import { median, quantile } from './interleave.js'

const rounds = Number(process.argv[2] ?? 60)
const perRound = 200
const warmUp = 5
const bound = 1.2
const issuer = 'https://example.com/oauth'
const audience = 'https://api.example.com'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = await exportJWK(publicKey)
let now = Date.now()

function createServer(more) {
  const clients = [deviceClient({ client_id: 'tv', scope: 'videos' })]
  // the bench asks for more codes from one address than any limit of attempts allows
  const limits = { pending: 1_000_000, pendingPerClient: 1_000_000, requestsPerClient: 1_000_000 }
  // so many codes have to be long
  const userCode = { charset: 'BCDFGHJKLMNPQRSTVWXZ', mask: '****-****-***' }
  const deviceAuth = createDeviceAuth({ issuer, userCode, clients, limits, clock: () => now, expiresIn: 3600, ...more })
  const send = async (path, form, headers = {}) => {
    const { body } = await deviceAuth.route(
      'POST',
      path,
    )({
      method: 'POST',
      path,
      query: new URLSearchParams(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      form: new URLSearchParams({ client_id: 'tv', ...form }),
      ip: undefined,
      native: undefined,
    })
    return JSON.parse(body)
  }
  return {
    deviceAuth,
    askForCodes: () => send('/device_authorization', { scope: 'videos' }),
    poll: (device_code, headers) => send('/token', { grant_type: DEVICE_CODE_GRANT_TYPE, device_code }, headers),
  }
}

/** A list of as many values as a round needs, made one after the other. */
async function listOf(make) {
  const list = []
  while (list.length < perRound) list.push(await make())
  return list
}

/** Microseconds of CPU of one call, on average over a list. */
async function cpuOf(list, call) {
  const before = process.cpuUsage()
  for (const one of list) await call(one)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / list.length
}

function expect(answer, member) {
  if (!(member in answer)) throw new Error(`The bench is wrong: ${JSON.stringify(answer)}`)
}

/** Measures both in each round, in turn and in both orders, so that what else the machine does hits both. */
async function compare(name, prepare, { ours, bare }) {
  const figures = { ours: [], bare: [] }
  for (let round = -warmUp; round < rounds; round++) {
    const lists = { ours: await prepare('ours'), bare: await prepare('bare') }
    for (const who of round % 2 === 0 ? ['ours', 'bare'] : ['bare', 'ours']) {
      const figure = await cpuOf(lists[who], who === 'ours' ? ours : bare)
      if (round >= 0) figures[who].push(figure)
    }
  }
  const ratios = figures.ours.map((figure, index) => figure / figures.bare[index])
  const [ratio, from, to] = [median(ratios), quantile(ratios, 0.25), quantile(ratios, 0.75)]
  const spread = `middle half of ${rounds} rounds ${from.toFixed(2)} to ${to.toFixed(2)}`
  const costs = `${median(figures.ours).toFixed(0)} µs, bare ${median(figures.bare).toFixed(0)} µs`
  console.log(`${name}: ${costs}: ${ratio.toFixed(2)} times (${spread}), at most ${bound}`)
  return ratio <= bound
}

function makeProof() {
  const claims = { jti: randomUUID(), htm: 'POST', htu: `${issuer}/token`, iat: Math.floor(now / 1000) }
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk }).sign(privateKey)
}

async function comparePolls() {
  const server = createServer({ keyBinding: dpop() })
  const codes = { ours: await listOf(server.askForCodes), bare: await listOf(server.askForCodes) }
  const prepare = (who) => {
    // both halves of a round poll as late as their interval says
    now += 6000
    return Promise.all(codes[who].map(async ({ device_code }) => ({ device_code, proof: await makeProof() })))
  }
  return compare('poll with a DPoP proof', prepare, {
    ours: async ({ device_code, proof }) => {
      const answer = await server.poll(device_code, { dpop: proof })
      if (answer.error !== 'authorization_pending') expect(answer, 'a pending poll')
    },
    bare: async ({ device_code, proof }) => {
      const answer = await server.poll(device_code)
      if (answer.error !== 'authorization_pending') expect(answer, 'a pending poll')
      const { protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
        algorithms: ['ES256'],
        typ: 'dpop+jwt',
        currentDate: new Date(now),
      })
      await calculateJwkThumbprint(protectedHeader.jwk, 'sha256')
    },
  })
}

async function compareTokens() {
  const servers = {
    ours: createServer({ accessToken: jwtAccessTokens({ keys: { key: privateKey, alg: 'ES256' }, audience }) }),
    bare: createServer({}),
  }
  const prepare = (who) =>
    listOf(async () => {
      const { device_code, user_code } = await servers[who].askForCodes()
      await servers[who].deviceAuth.approve(user_code, { subject: 'ada' })
      return device_code
    })
  return compare('JWT access token', prepare, {
    ours: async (code) => expect(await servers.ours.poll(code), 'access_token'),
    bare: async (code) => {
      expect(await servers.bare.poll(code), 'access_token')
      const iat = Math.floor(now / 1000)
      const who = { iss: issuer, sub: 'ada', aud: audience, client_id: 'tv', scope: 'videos' }
      const claims = { ...who, iat, exp: iat + 300, jti: randomBytes(48).toString('base64url') }
      await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'a' }).sign(privateKey)
    },
  })
}

const met = [await comparePolls(), await compareTokens()]
process.exitCode = met.every(Boolean) ? 0 : 1
