// A thief who holds a device code, tokens, or a dump of the store gets nothing if the grant is bound to a key, whatever is tried.
// THEFTS=100000 makes as many tries.
import { generateKeyPairSync, sign } from 'node:crypto'
import { checkToken, type OAuthResponse, type RequestHeaders } from '@device-auth/core'
import { expect, it } from 'vitest'
import { issuer } from '../server.ts'
import { body, createScene, type DeviceKey, hs256, makeProof, newKey, type ProofParts, type Scene } from './scene.ts'

const tries = Number(process.env.THEFTS ?? 10_000)
const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)

/** A small generator of numbers, so that a failure can be repeated by its seed. */
function createRandom(state: number): <T>(choices: readonly T[]) => T {
  let current = state >>> 0
  return (choices) => {
    current = (Math.imul(current, 1_664_525) + 1_013_904_223) >>> 0
    return choices[Math.floor((current / 2 ** 32) * choices.length)] as (typeof choices)[number]
  }
}

type Pick = ReturnType<typeof createRandom>

/** The goods of the thief: all texts of the victim, its proofs that passed on the wire, and the public key, but not the private one. */
interface Loot {
  readonly victim: DeviceKey
  readonly texts: readonly string[]
  readonly usedProofs: readonly string[]
}

const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'
const thiefKeys = Array.from({ length: 3 }, newKey)
const ed25519 = generateKeyPairSync('ed25519')

/** One of the texts, or a change of it: cut, bound to another key, or with parts of other texts. */
function variedText(pick: Pick, { texts, victim }: Loot): string {
  const text = pick(texts)
  const bare = text.replace(/~.*/, '')
  const { jkt } = pick(thiefKeys)
  return pick([
    text,
    bare,
    `${bare}~j${jkt}`,
    `${text}~j${jkt}`,
    `${bare}~j${jkt}~j${victim.jkt}`,
    `${bare}~x${victim.jkt}`,
    `${bare}~c${jkt}`,
    `${text} `,
    text.toUpperCase(),
    text.slice(1),
    `${bare}~j${victim.jkt.slice(1)}`,
    `${pick(texts).replace(/~.*/, '').slice(0, 44)}${text.slice(44)}`,
    text.replace('~j', '%7Ej'),
    text.replace('~j', '~J'),
  ])
}

/** A proof that the thief can make: by another key, of another algorithm, with the victim's public key, or one that was used. */
function variedProof(pick: Pick, scene: Scene, { victim, usedProofs }: Loot, htu: string, htm: string): RequestHeaders {
  const thief = pick(thiefKeys)
  const iat = Math.floor(scene.now / 1000) + pick([0, 0, 0, -61, 61, 59])
  const usual = { htm: pick([htm, htm, 'GET', 'post']), htu: pick([htu, htu, `${htu}/`, issuer]), iat }
  const byVictimsName: ProofParts = { header: { jwk: victim.jwk } }
  const parts = pick<ProofParts>([
    {},
    byVictimsName,
    { header: { jwk: { ...victim.jwk, d: 'AAAA' } } },
    { header: { alg: 'none', jwk: victim.jwk }, signature: () => '' },
    { header: { alg: 'HS256', jwk: victim.jwk }, signature: hs256(JSON.stringify(victim.jwk)) },
    { header: { alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } }, signature: hs256('\0\0\0') },
    { header: { jwk: victim.jwk, kid: victim.jkt }, signature: () => 'A'.repeat(86) },
    { header: { jwk: victim.jwk }, signature: () => Buffer.alloc(64).toString('base64url') },
    { header: { jkt: victim.jkt, jwk: thief.jwk } },
    { header: { typ: 'JWT', jwk: victim.jwk } },
    {
      header: { alg: 'EdDSA', jwk: ed25519.publicKey.export({ format: 'jwk' }) },
      signature: (input) => sign(null, Buffer.from(input), ed25519.privateKey).toString('base64url'),
    },
    { ...byVictimsName, claims: { cnf: { jkt: victim.jkt }, jkt: victim.jkt } },
  ])
  const proof = makeProof(thief, usual, parts)
  const used = pick(usedProofs)
  return pick<RequestHeaders>([
    { dpop: proof },
    { dpop: proof },
    { dpop: proof },
    {},
    { dpop: used },
    { dpop: [used, proof] },
    { dpop: `${used}, ${proof}` },
    { dpop: `${used.split('.').slice(0, 2).join('.')}.${proof.split('.')[2]}` },
    { dpop: `${proof.split('.')[0]}.${used.split('.').slice(1).join('.')}` },
  ])
}

/** One try at the token endpoint. */
function tryToken(pick: Pick, scene: Scene, loot: Loot): Promise<OAuthResponse> {
  const text = variedText(pick, loot)
  const client_id = pick(['tv', 'tv', 'tv', 'other'])
  const form = pick<Record<string, string>>([
    { client_id, grant_type: deviceCode, device_code: text },
    { client_id, grant_type: 'refresh_token', refresh_token: text },
    { client_id, grant_type: deviceCode, device_code: text, dpop_jkt: pick(thiefKeys).jkt },
  ])
  return scene.ask('/token', form, variedProof(pick, scene, loot, `${issuer}/token`, 'POST'))
}

/** One try to use a text as an access token. */
async function tryResource(pick: Pick, scene: Scene, loot: Loot): Promise<boolean> {
  const token = variedText(pick, loot)
  const headers = variedProof(pick, scene, loot, 'https://auth.example.com/videos', 'GET')
  const authorization = `${pick(['DPoP', 'Bearer', 'dpop'])} ${token}`
  const request = { method: 'GET', path: '/videos' }
  return 'claims' in (await checkToken(scene.deviceAuth, { ...headers, authorization }, { request }))
}

/** The device itself, as its requests go over a wire on which the thief listens. */
async function victimOf(scene: Scene): Promise<{ loot: Loot; pending: string }> {
  const victim = newKey()
  const usedProofs: string[] = []
  const own = (path: string): { dpop: string } => {
    const made = { dpop: scene.proof(victim, path) }
    usedProofs.push(made.dpop)
    return made
  }
  const codes = async (): Promise<Record<string, string>> =>
    body(await scene.ask('/device_authorization', { client_id: 'tv' }, own('/device_authorization')))
  const [signedIn, approved, undecided] = [await codes(), await codes(), await codes()]
  await scene.approve(signedIn)
  await scene.approve(approved)
  const form = { client_id: 'tv', grant_type: deviceCode, device_code: signedIn.device_code ?? '' }
  const token = body(await scene.ask('/token', form, own('/token')))
  const pending = approved.device_code ?? ''
  const texts = [pending, undecided.device_code, signedIn.device_code, token.access_token, token.refresh_token]
  // a dump of the store: its ids and hashes, which an attacker may send as codes and tokens
  const dump = JSON.stringify(await scene.deviceAuth.devices.list('ada')).match(/[\w-]{43}/g) ?? []
  const ids = [approved, undecided].map(async ({ user_code = '' }) => (await scene.deviceAuth.find(user_code))?.id)
  const found = [...texts, ...dump, ...(await Promise.all(ids))].filter((text) => text !== undefined)
  return { loot: { victim, texts: found, usedProofs }, pending }
}

it(`a thief of everything but the key gets nothing in ${tries} tries (seed ${seed})`, {
  timeout: 600_000,
}, async () => {
  const scene = createScene()
  const pick = createRandom(seed)
  const { loot, pending } = await victimOf(scene)
  expect(loot.texts.length).toBeGreaterThan(5)
  const refresh_token = loot.texts[4] ?? ''
  for (let i = 0; i < tries; i++) {
    if (pick([true, true, false])) {
      const answer = await tryToken(pick, scene, loot)
      expect(answer.body, `seed ${seed}, try ${i}`).not.toMatch(/access_token"/)
    } else expect(await tryResource(pick, scene, loot), `seed ${seed}, try ${i}`).toBe(false)
  }
  // nothing was spent or ended either: the device gets its tokens
  const poll = { client_id: 'tv', grant_type: deviceCode, device_code: pending }
  const own = () => ({ dpop: scene.proof(loot.victim, '/token') })
  expect(body(await scene.ask('/token', poll, own()))).toMatchObject({ token_type: 'DPoP' })
  expect(body(await scene.refresh(refresh_token, own()))).toMatchObject({ token_type: 'DPoP' })
})
