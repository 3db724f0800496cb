import { describe, expect, it } from 'vitest'
import type { PagesOptions } from '../../src/contract/pages/options.ts'
import { type Client, deviceClient } from '../../src/protocol.ts'
import { createDeviceAuth } from '../../src/server/create-device-auth.ts'
import { readText } from '../../src/testing/page.ts'
import { basic, expectToken, issuer } from '../server.ts'
import { alice, createPageServer } from './visitor.ts'

/** The confirm page of a request by this client, and the scope of the tokens if the user approves it as it is. */
async function confirm(client: Partial<Client>, pages: PagesOptions = {}, fields: Record<string, string> = {}) {
  const tv = deviceClient({ client_id: 'tv', client_name: 'Acme TV', scope: 'profile email', ...client })
  const server = createPageServer({ clients: [tv], pages })
  const codes = await server.start({ client_id: 'tv' })
  const visitor = server.visit(alice)
  const query = await visitor.enter(codes.user_code)
  const { body, headers } = await visitor.get(query)
  const approve = async (): Promise<string> => {
    await visitor.post({ handle: await visitor.handle(query), action: 'approve', ...fields })
    return expectToken(await server.poll(codes.device_code)).scope ?? ''
  }
  return { body, headers, text: readText(body), approve }
}

const unproven = 'This app cannot prove who it is.'

describe('a client with first_party: true', () => {
  it('is not said to be unable to prove who it is; a public client of others is', async () => {
    expect((await confirm({})).text).toContain(unproven)
    expect((await confirm({ first_party: false })).text).toContain(unproven)
    const { text, approve } = await confirm({ first_party: true })
    expect(text).not.toContain(unproven)
    expect(text).toContain('See your e-mail address')
    expect(await approve()).toBe('profile email')
  })

  it('with pages.shortConsent the scopes are left out; code, box, warnings and account stay, and all scopes are granted', async () => {
    const { body, text, approve } = await confirm({ first_party: true }, { shortConsent: true, narrowScopes: true })
    expect(text).not.toMatch(/It will be able to|See your|Know who you are/)
    expect(text).toMatch(
      /Is this the code on your device\? [A-Z]{4}-[A-Z]{4} .*Acme TV.*Alice.*I started this sign-in myself/,
    )
    expect(body).not.toContain('name="scope"')
    expect(await approve()).toBe('profile email')
  })

  it('of clients of others pages.shortConsent leaves out nothing, and the user may still take scopes away', async () => {
    const { text, approve } = await confirm({}, { shortConsent: true, narrowScopes: true }, { scope: 'email' })
    expect(text).toContain('It will be able to See your name and picture See your e-mail address')
    expect(await approve()).toBe('email')
  })

  it.each(['yes', 1, {}])('%j as first_party is refused at construction', (first_party) => {
    const client: Client = Object({ ...deviceClient({ client_id: 'tv' }), first_party })
    expect(() => createDeviceAuth({ issuer, clients: [client] })).toThrow('`clients[0].first_party` is')
  })

  it('a misspelt name is told', () => {
    const client = Object.assign(deviceClient({ client_id: 'tv' }), { firstParty: true })
    expect(() => createDeviceAuth({ issuer, clients: [client] })).toThrow('did you mean `first_party`?')
  })
})

describe('policy_uri and tos_uri', () => {
  it('are links with their host; they open beside the page, tell no referrer, and load nothing', async () => {
    const { body, headers } = await confirm({
      policy_uri: 'https://acme.example/privacy?a=1&b=2',
      tos_uri: 'https://terms.example/',
    })
    const attributes = 'target="_blank" rel="noopener noreferrer"'
    expect(body).toContain(
      `<a href="https://acme.example/privacy?a=1&amp;b=2" ${attributes}>Privacy policy</a> (<bdi>acme.example</bdi>)`,
    )
    expect(body).toContain(
      `<a href="https://terms.example/" ${attributes}>Terms of service</a> (<bdi>terms.example</bdi>)`,
    )
    expect(headers['content-security-policy']).not.toContain('example')
  })

  it('show where they lead, whatever letters the host has', async () => {
    const { body } = await confirm({ policy_uri: 'https://аcme.example/"onclick="x' })
    expect(body).toMatch(/\(<bdi>xn--cme-[a-z0-9]+\.example<\/bdi>\)/)
    expect(body).not.toContain('"onclick')
  })

  it.each(['http://acme.example/', 'javascript:alert(1)', '/privacy', 'https://a:b@acme.example/', '', null])(
    '%j is not shown',
    async (uri) => {
      const { body } = await confirm(Object({ policy_uri: uri, tos_uri: uri }))
      expect(body).not.toMatch(/Privacy policy|Terms of service|href=/)
    },
  )
})

it('CIMD-8.5 "SHOULD display the hostname": the confirm page names a client that is an address by its host first', async () => {
  const client_id = 'https://evil.example/client'
  const client = deviceClient({ client_id, client_name: 'Your bank', scope: 'profile' })
  const server = createPageServer({ clients: [client] })
  const codes = await server.start({ client_id })
  const visitor = server.visit(alice)
  const { body } = await visitor.get(await visitor.enter(codes.user_code))
  expect(readText(body)).toContain('evil.example (Your bank)')
})

it('7591-5-2 a client that registered itself is not called verified, although it has a secret', async () => {
  const client_secret = 'a-secret-of-a-client-that-registered-itself'
  const page = async (client: Partial<Client>): Promise<string> => {
    const conf = deviceClient({ client_id: 'conf', client_secret, scope: 'profile', ...client })
    const server = createPageServer({ clients: [conf] })
    const codes = await server.start({}, { headers: basic('conf', client_secret) })
    const visitor = server.visit(alice)
    return readText((await visitor.get(await visitor.enter(codes.user_code))).body)
  }
  expect(await page({})).not.toContain(unproven)
  expect(await page({ self_registered: true })).toContain(unproven)
})
