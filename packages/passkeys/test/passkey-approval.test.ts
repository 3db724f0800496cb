import { createHash } from 'node:crypto'
import type { OAuthResponse } from '@device-auth/core'
import { describe, expect, it } from 'vitest'
import { MemoryPasskeyStore } from '../src/memory-passkey-store.ts'
import type { PasskeyApprovalOptions } from '../src/options.ts'
import { passkeyApproval } from '../src/passkey-approval.ts'
import { type Ceremony, type SoftAuthenticator, softAuthenticator } from './authenticator.ts'
import { createScene, handleOf, optionsOf, origin, rpId, type Scene } from './scene.ts'

const pending = 'authorization_pending'

/** Registers a passkey on the page of devices. */
async function register(scene: Scene, subject: string, changes: Partial<Ceremony> = {}): Promise<SoftAuthenticator> {
  const authenticator = softAuthenticator()
  const answer = await postPasskey(scene, subject, authenticator, changes)
  expect(answer.body).toContain('The passkey is added.')
  return authenticator
}

async function postPasskey(
  scene: Scene,
  subject: string,
  authenticator: SoftAuthenticator,
  changes: Partial<Ceremony>,
): Promise<OAuthResponse> {
  const person = scene.person(subject)
  const page = await person.get('/devices')
  const { challenge = '' } = optionsOf(page) ?? {}
  const proof = authenticator.register({ challenge, origin, rpId, ...changes })
  return person.post('/devices', { handle: handleOf(page, 'value="addProof"'), action: 'addProof', proof })
}

function challengeOf(page: OAuthResponse): string {
  return optionsOf(page)?.challenge ?? ''
}

describe('an approval with a passkey', () => {
  it('goes through with a fresh assertion over this request, once', async () => {
    const scene = createScene()
    const passkey = await register(scene, 'alice', { counter: 1 })
    const codes = await scene.start()
    const alice = scene.person('alice')
    const page = await alice.open(codes.user_code)
    expect(optionsOf(page)).toMatchObject({
      rpId,
      userVerification: 'required',
      allowCredentials: [{ id: passkey.id, type: 'public-key' }],
    })
    const proof = passkey.assert({ challenge: challengeOf(page), origin, rpId, counter: 2 })
    expect((await alice.approve(page, proof)).status).toBe(200)
    expect((await alice.approve(page, proof)).status).toBe(409)
    expect(await scene.poll(codes.device_code)).toBe('none')
    const [kept] = scene.passkeys.list('alice')
    expect(kept).toMatchObject({ counter: 2, backedUp: false, lastUsedAt: scene.clock() })
  })

  it('approves once when two forms with one assertion arrive at the same time', async () => {
    for (const counter of [0, 5]) {
      const scene = createScene()
      const passkey = await register(scene, 'alice')
      const alice = scene.person('alice')
      const page = await alice.open((await scene.start()).user_code)
      const proof = passkey.assert({ challenge: challengeOf(page), origin, rpId, counter })
      const answers = await Promise.all([alice.approve(page, proof), alice.approve(page, proof)])
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    }
  })

  it.each<[string, Partial<Ceremony>]>([
    ['a page of a phishing site', { origin: 'https://auth.example.com.evil.test' }],
    ['a page of a sibling host, which may use the same relying party id', { origin: 'https://evil.example.com' }],
    ['the same host on another port', { origin: 'https://auth.example.com:8443' }],
    ['the same host without TLS', { origin: 'http://auth.example.com' }],
    ['a passkey of another relying party', { rpId: 'evil.test' }],
    ['a user who was present but not verified', { userVerified: false }],
    ['a counter that went back', { counter: 0 }],
    ['a counter that was seen before', { counter: 5 }],
    ['a challenge of nobody', { challenge: 'A'.repeat(43) }],
    ['a passkey that says it can be synced, when it could not be', { backupEligible: true, backedUp: true }],
  ])('is refused for an assertion of %s', async (_, wrong) => {
    const scene = createScene()
    const passkey = await register(scene, 'alice', { counter: 5 })
    const codes = await scene.start()
    const alice = scene.person('alice')
    const page = await alice.open(codes.user_code)
    const right = { challenge: challengeOf(page), origin, rpId, counter: 6 }
    const again = await alice.approve(page, passkey.assert({ ...right, ...wrong }))
    expect(again.status).toBe(403)
    expect(again.body).toMatch(/id="proof-failure" role="alert">The passkey did not work/)
    expect(await scene.poll(codes.device_code)).toBe(pending)
    // the assertion that is right in all else goes through
    expect((await alice.approve(page, passkey.assert(right))).status).toBe(200)
  })

  it('is refused for an assertion over another request, also of the same client and scope', async () => {
    const scene = createScene()
    const passkey = await register(scene, 'alice')
    const alice = scene.person('alice')
    const [one, other] = [await scene.start(), await scene.start()]
    const proof = passkey.assert({ challenge: challengeOf(await alice.open(one.user_code)), origin, rpId })
    expect((await alice.approve(await alice.open(other.user_code), proof)).status).toBe(403)
    expect(await scene.poll(other.device_code)).toBe(pending)
  })

  it('is refused for the passkey of another user, and for one that was removed', async () => {
    const scene = createScene()
    const [hers, his] = [await register(scene, 'alice'), await register(scene, 'bob')]
    const codes = await scene.start()
    const alice = scene.person('alice')
    const page = await alice.open(codes.user_code)
    const ceremony = { challenge: challengeOf(page), origin, rpId }
    expect((await alice.approve(page, his.assert(ceremony))).status).toBe(403)
    scene.passkeys.remove('alice', hers.id)
    expect((await alice.approve(page, hers.assert(ceremony))).status).toBe(403)
    expect(await scene.poll(codes.device_code)).toBe(pending)
  })

  it.each([
    '',
    '{',
    '[]',
    'null',
    '7',
    '{}',
    '{"id":{"a":1}}',
    '{"id":"ID"}',
    '{"id":"ID","rawId":"ID","type":"public-key"}',
    '{"id":"ID","rawId":"ID","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"","signature":""}}',
    '{"id":"ID","rawId":"ID","type":"public-key","response":{"clientDataJSON":"!","authenticatorData":7,"signature":null}}',
  ])('is refused for %s, without a 500', async (text) => {
    const scene = createScene()
    const { id } = await register(scene, 'alice')
    const alice = scene.person('alice')
    const page = await alice.open((await scene.start()).user_code)
    expect((await alice.approve(page, text.replaceAll('ID', id))).status).toBe(403)
    expect(scene.errors).toEqual([])
  })

  it('leads a user without a passkey to the page of devices, or to that of the application', async () => {
    for (const [options, url] of [
      [{}, '/oauth/devices'] as const,
      [{ enrolUrl: '/account/keys' }, '/account/keys'] as const,
    ]) {
      const scene = createScene(options)
      const alice = scene.person('alice')
      const page = await alice.open((await scene.start()).user_code)
      expect(page.body).toContain(`<a class="button" href="${url}">Add a passkey</a>`)
      expect(page.body).not.toContain('<script')
      expect((await alice.approve(page, '')).status).toBe(403)
    }
  })

  it('says without JavaScript that it needs JavaScript, and the button alone does not approve', async () => {
    const scene = createScene()
    await register(scene, 'alice')
    const alice = scene.person('alice')
    const codes = await scene.start()
    const page = await alice.open(codes.user_code)
    expect(page.body).toMatch(/<noscript>.*This step needs JavaScript/)
    expect((await alice.approve(page, '')).status).toBe(403)
    expect(await scene.poll(codes.device_code)).toBe(pending)
  })
})

describe('the policy', () => {
  const near = '198.51.100.8'
  const far = '203.0.113.8'
  it.each<[PasskeyApprovalOptions['passkey'], 'low' | 'high', string, boolean]>([
    ['required', 'low', near, true],
    ['high-risk', 'low', near, false],
    ['high-risk', 'low', far, true],
    ['high-risk', 'high', near, true],
    ['off', 'high', far, false],
    [({ client }) => client.client_id === 'tv', 'low', near, true],
    [async ({ credential }) => credential.scope.includes('admin'), 'low', near, false],
  ])('%s with risk %s from %s asks for a passkey: %s', async (passkey, risk, ip, asks) => {
    // with high risk, another network is refused by default
    const scene = createScene({ passkey }, { risk, policy: { otherNetwork: 'warn' } })
    await register(scene, 'alice')
    const alice = scene.person('alice', ip)
    const page = await alice.open((await scene.start()).user_code)
    expect(optionsOf(page) !== undefined).toBe(asks)
    expect((await alice.approve(page, '')).status).toBe(asks ? 403 : 200)
  })

  it.each([undefined, null, 0, '', 'no'])(
    'a function that answers %j, as JavaScript may, asks for a passkey',
    async (answer) => {
      const passkey: unknown = () => answer
      const scene = createScene({ passkey: passkey as PasskeyApprovalOptions['passkey'] })
      await register(scene, 'alice')
      const alice = scene.person('alice')
      const page = await alice.open((await scene.start()).user_code)
      expect(optionsOf(page)).toBeDefined()
      expect((await alice.approve(page, '')).status).toBe(403)
    },
  )

  it('asks for a passkey that became necessary while the page was open', async () => {
    const scene = createScene({ passkey: 'high-risk' })
    const passkey = await register(scene, 'alice')
    const alice = scene.person('alice')
    const page = await alice.open((await scene.start()).user_code)
    scene.clock.advance(181)
    const again = await alice.approve(page, '')
    expect(again.status).toBe(403)
    const proof = passkey.assert({ challenge: challengeOf(again), origin, rpId })
    expect((await alice.approve(again, proof)).status).toBe(200)
  })
})

describe('the page of devices', () => {
  it('lists the passkeys of the user, and removes one', async () => {
    const scene = createScene()
    await register(scene, 'alice', { backupEligible: true, backedUp: true })
    await register(scene, 'bob')
    const alice = scene.person('alice')
    const page = await alice.get('/devices')
    expect(page.body).toContain('Passkey of Jan 1, 2026')
    expect(page.body).toContain('Synced to your devices')
    const after = await alice.post('/devices', { handle: handleOf(page, 'value="removeProof"'), action: 'removeProof' })
    expect(after.body).toContain('The passkey is removed.')
    expect([scene.passkeys.list('alice').length, scene.passkeys.list('bob').length]).toEqual([0, 1])
  })

  it.each<[string, Partial<Ceremony>]>([
    ['another origin', { origin: 'https://evil.test' }],
    ['another relying party', { rpId: 'evil.test' }],
    ['another challenge', { challenge: 'A'.repeat(43) }],
    ['a user who is not verified', { userVerified: false }],
  ])('refuses a passkey that was made for %s', async (_, wrong) => {
    const scene = createScene()
    expect((await postPasskey(scene, 'alice', softAuthenticator(), wrong)).body).toContain('Nothing was changed.')
    expect(scene.passkeys.list('alice')).toEqual([])
  })

  it('never takes a passkey that somebody has already', async () => {
    const scene = createScene()
    const hers = await register(scene, 'alice')
    expect((await postPasskey(scene, 'bob', hers, {})).body).toContain('Nothing was changed.')
    expect(scene.passkeys.list('bob')).toEqual([])
  })

  it('does not look at an attestation, whose certificates would name addresses to fetch', async () => {
    const scene = createScene()
    // to verify a statement, a library has to find something in it
    for (const attestation of ['android-key', 'apple', 'fido-u2f', 'packed', 'tpm', 'of-2030'])
      await register(scene, 'alice', { attestation })
    expect(scene.passkeys.list('alice')).toHaveLength(6)
  })

  it('takes 20 passkeys a user', async () => {
    const scene = createScene()
    const alice = scene.person('alice')
    const page = await alice.get('/devices')
    for (let count = 0; count < 20; count++) await register(scene, 'alice')
    expect(optionsOf(await alice.get('/devices'))).toBeUndefined()
    const proof = softAuthenticator().register({ challenge: challengeOf(page), origin, rpId })
    await alice.post('/devices', { handle: handleOf(page, 'value="addProof"'), action: 'addProof', proof })
    expect(scene.passkeys.list('alice')).toHaveLength(20)
  })

  it('adds and removes none unless enrol allows it, also for a form that is open', async () => {
    let fresh = true
    const scene = createScene({ enrol: () => fresh })
    await register(scene, 'alice')
    const alice = scene.person('alice')
    const open = await alice.get('/devices')
    const proof = softAuthenticator().register({ challenge: challengeOf(open), origin, rpId })
    fresh = false
    const page = await alice.get('/devices')
    expect(page.body).toContain('sign in again first')
    expect(page.body).not.toMatch(/value="(addProof|removeProof)"/)
    await alice.post('/devices', { handle: handleOf(open, 'value="addProof"'), action: 'addProof', proof })
    await alice.post('/devices', { handle: handleOf(open, 'value="removeProof"'), action: 'removeProof' })
    expect(scene.passkeys.list('alice')).toHaveLength(1)
  })

  it('gives the authenticator a hash of the subject, not the subject', async () => {
    const user = optionsOf(await createScene().person('alice').get('/devices'))?.user
    expect(user).toMatchObject({ id: createHash('sha256').update('alice').digest('base64url'), name: 'alice' })
  })
})

describe('the options', () => {
  const passkeys = new MemoryPasskeyStore()
  const enrol = (): boolean => true
  it.each<[object, RegExp]>([
    [{ passkeys, enrol }, /needs the option `passkey`/],
    [{ passkey: 'always', passkeys, enrol }, /`passkey` is "always"; expected "required" or "high-risk" or "off"/],
    [{ passkey: 'off', enrol }, /needs the option `passkeys`/],
    [{ passkey: 'off', passkeys: { list() {} }, enrol }, /`passkeys` is .* list and use/],
    [{ passkey: 'off', passkeys: { list() {}, use() {} }, enrol }, /`passkeys` is .* add and remove/],
    [{ passkey: 'off', passkeys }, /`enrol` is missing; expected a function, or the option enrolUrl/],
    [{ passkey: 'off', passkeys, enrolUrl: '//evil.test' }, /`enrolUrl`/],
    [{ passkey: 'off', passkeys, enrol, rpId: 'https://example.com' }, /`rpId` .* a domain/],
    [{ passkey: 'off', passkeys, enrol, rpid: 'example.com' }, /did you mean `rpId`/],
  ])('%o are refused', (options, message) => {
    expect(() => passkeyApproval(options as PasskeyApprovalOptions)).toThrow(message)
  })

  it('a domain above the host of the pages is a relying party id; another one is reported', async () => {
    const shared = createScene({ rpId: 'example.com' })
    expect(optionsOf(await shared.person('alice').get('/devices'))?.rp).toEqual({
      id: 'example.com',
      name: 'example.com',
    })
    for (const rpId of ['ample.com', 'other.test']) {
      const wrong = createScene({ rpId })
      expect((await wrong.person('alice').get('/devices')).status).toBe(500)
      expect(String(wrong.errors[0])).toContain('`rpId`')
    }
  })
})

describe("the application's own passkeys", () => {
  it('are used through list and use alone', async () => {
    const store = new MemoryPasskeyStore()
    const source = { list: (subject: string) => store.list(subject), use: store.use.bind(store) }
    const enrolling = createScene()
    const passkey = await register(enrolling, 'alice')
    for (const one of enrolling.passkeys.list('alice')) store.add(one)
    const scene = createScene({ passkeys: source, enrolUrl: '/account/keys' })
    const alice = scene.person('alice')
    // without the handles, which are random and may contain any word
    const devices = (await alice.get('/devices')).body.replaceAll(/(?:value|nonce)="[\w-]+"/g, '')
    expect(devices).not.toMatch(/passkey/i)
    const page = await alice.open((await scene.start()).user_code)
    const proof = passkey.assert({ challenge: challengeOf(page), origin, rpId })
    expect((await alice.approve(page, proof)).status).toBe(200)
  })
})
