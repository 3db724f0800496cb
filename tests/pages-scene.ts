import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createDeviceAuth,
  DEVICE_CODE_GRANT_TYPE,
  type DeviceAuth,
  DeviceAuthHooks,
  type DeviceAuthorizationResponse,
  deviceClient,
  type KeyBinding,
  type OAuthRequest,
  type PageModel,
  type PagesOptions,
  type RequesterDescription,
  type User,
} from '@device-auth/core'
import { toNodeHandler } from '@device-auth/core/node'
import type { Page } from 'playwright-core'

const names: Readonly<Record<string, string>> = { ada: 'Ada Lovelace', eve: 'Eve' }

/** Hooks of the test server: the user is the one that a cookie names. */
class SceneHooks extends DeviceAuthHooks {
  override authenticateUser({ headers }: OAuthRequest): User | undefined {
    const subject = /user=(\w+)/.exec(String(headers.cookie ?? ''))?.[1]
    if (subject === 'broken') throw new Error('the log-in is down')
    return subject === undefined ? undefined : { subject, username: names[subject] ?? subject }
  }

  /** The errors here are intended, so nothing is logged. */
  override onError(): void {}

  /** Adds warnings to the confirm page if the device's description asks for them. */
  override renderPage(model: PageModel): string | Promise<string> {
    const isAsked = model.page === 'confirm' && model.request.description === 'every warning'
    if (!isAsked) return super.renderPage(model) as string
    const request = { ...model.request, warnings: ['otherNetwork', 'old'] as const }
    return super.renderPage({ ...model, request }) as string
  }

  override describeRequester({ headers }: OAuthRequest): RequesterDescription {
    return { description: String(headers['x-describe'] ?? 'Sitting room, SmartTV 55'), place: 'Lagos, Nigeria' }
  }
}

/** A proof of a key that is the thumbprint itself: the pages show the same for every kind of proof. */
const keyBinding: KeyBinding = {
  method: 'jkt',
  error: 'invalid_dpop_proof',
  metadata: {},
  read: ({ headers: { dpop } }) => (typeof dpop === 'string' ? { thumbprint: dpop } : undefined),
}

/** A server with the pages, and its devices. */
export interface PagesScene {
  readonly origin: string
  readonly deviceAuth: DeviceAuth
  /** Requests codes as the client `tv` or `printer`, with the description that the hook shall give, and with a proof of a key. */
  ask(clientId?: string, description?: string, key?: string): Promise<DeviceAuthorizationResponse>
  /** Signs a device of this user in. It is known again by its key. */
  signIn(subject: string, key?: string): Promise<void>
  /** Seconds. */
  advance(seconds: number): void
  close(): void
}

/** Starts the pages on a free port. */
export async function startPages(pages: PagesOptions = {}): Promise<PagesScene> {
  let ahead = 0
  const server = createServer()
  await once(server.listen(0, 'localhost'), 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const deviceAuth = createDeviceAuth({
    issuer: `${origin}/oauth`,
    clients: [
      deviceClient({
        client_id: 'tv',
        client_name: 'Living-room TV',
        scope: 'profile playlists',
        policy_uri: 'https://tv.example/privacy',
        tos_uri: 'https://tv.example/terms',
      }),
      deviceClient({ client_id: 'printer', client_name: 'Printer', scope: 'profile', number_matching: true }),
    ],
    scopes: { profile: 'See your name and picture', playlists: 'Play and change your playlists' },
    clock: () => Date.now() + ahead,
    switchAccountUrl: '/switch',
    limits: { userCodesPerUser: 5, approvalsPerUser: 1000 },
    pages: { narrowScopes: true, ...pages },
    keyBinding,
    hooks: new SceneHooks(),
  })
  const handler = toNodeHandler(deviceAuth, undefined, { prefix: '/oauth' })
  server.on('request', (request, response) => void handler(request, response))
  const ask: PagesScene['ask'] = async (clientId = 'tv', description, key) => {
    const headers: Record<string, string> = { 'user-agent': 'SmartTV/6.2 (Linux; Tizen 8.0)' }
    if (description !== undefined) headers['x-describe'] = description
    if (key !== undefined) headers.dpop = key
    const body = new URLSearchParams({
      client_id: clientId,
      device_name: 'The big one',
      binding_message: 'Blue horse 7',
    })
    const response = await fetch(`${origin}/oauth/device_authorization`, { method: 'POST', headers, body })
    return (await response.json()) as DeviceAuthorizationResponse
  }
  return {
    origin,
    deviceAuth,
    ask,
    async signIn(subject, key) {
      const { user_code, device_code } = await ask('tv', undefined, key)
      await deviceAuth.approve(user_code, { subject })
      const grant = { grant_type: DEVICE_CODE_GRANT_TYPE, device_code, client_id: 'tv' }
      const headers: Record<string, string> = key === undefined ? {} : { dpop: key }
      await fetch(`${origin}/oauth/token`, { method: 'POST', headers, body: new URLSearchParams(grant) })
    },
    advance: (seconds) => {
      ahead += seconds * 1000
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Makes this user the signed-in one from now on; `''` for none. */
export async function become(page: Page, { origin }: PagesScene, user: string): Promise<void> {
  await page.context().clearCookies()
  if (user !== '') await page.context().addCookies([{ name: 'user', value: user, url: origin }])
}

async function press(page: Page, selector: string): Promise<void> {
  await Promise.all([page.waitForEvent('load'), page.click(selector)])
}

async function approve(page: Page): Promise<void> {
  await page.check('input[name=own_device]')
  await press(page, 'button[value=approve]')
}

async function confirm(
  page: Page,
  scene: PagesScene,
  clientId?: string,
  description?: string,
  key?: string,
): Promise<string> {
  await become(page, scene, 'ada')
  const { verification_uri_complete = '', user_code } = await scene.ask(clientId, description, key)
  await page.goto(verification_uri_complete)
  return user_code
}

async function type(page: Page, scene: PagesScene, code: string, user = 'ada'): Promise<void> {
  await become(page, scene, user)
  await page.goto(`${scene.origin}/oauth/device`)
  await page.fill('#user_code', code)
  await press(page, 'button')
}

/** The steps that lead to each page. Each journey starts anew, and none needs JavaScript. */
export const journeys: Readonly<Record<string, (page: Page, scene: PagesScene) => Promise<unknown>>> = {
  async login(page, scene) {
    await become(page, scene, '')
    await page.goto(`${scene.origin}/oauth/device`)
  },
  async enter(page, scene) {
    await become(page, scene, 'ada')
    await page.goto(`${scene.origin}/oauth/device`)
  },
  wrong: (page, scene) => type(page, scene, 'BCDF-BCDF', `u${Math.random().toString(36).slice(2)}`),
  confirm: (page, scene) => confirm(page, scene),
  async known(page, scene) {
    const key = 'k'.repeat(43)
    await scene.signIn('ada', key)
    await confirm(page, scene, 'tv', undefined, key)
    if ((await page.locator('input[name=own_device]').count()) > 0) throw new Error('the device is not known')
  },
  warned: (page, scene) => confirm(page, scene, 'tv', 'every warning'),
  async unticked(page, scene) {
    await confirm(page, scene)
    // as a browser that knows no `required`
    await page.evaluate(`document.querySelector('form.decision').noValidate = true`)
    await press(page, 'button[value=approve]')
  },
  async done(page, scene) {
    await confirm(page, scene)
    await approve(page)
  },
  async number(page, scene) {
    await confirm(page, scene, 'printer')
    await approve(page)
  },
  async denied(page, scene) {
    await confirm(page, scene)
    await press(page, 'button[value=deny]')
  },
  async expired(page, scene) {
    await confirm(page, scene)
    scene.advance(601)
    await approve(page)
  },
  async answered(page, scene) {
    const code = await confirm(page, scene)
    await scene.deviceAuth.approve(code, { subject: 'ada' })
    await approve(page)
  },
  async limited(page, scene) {
    for (let attempt = 0; attempt < 6; attempt++) await type(page, scene, 'BCDF-BCDF', 'eve')
  },
  async foreign(page, scene) {
    await page.goto('about:blank')
    await page.setContent(`<form method="post" action="${scene.origin}/oauth/device"><button>Win</button></form>`)
    await press(page, 'button')
  },
  async broken(page, scene) {
    await become(page, scene, 'broken')
    await page.goto(`${scene.origin}/oauth/device`)
  },
  async devices(page, scene) {
    const user = `u${Math.random().toString(36).slice(2)}`
    await become(page, scene, user)
    await scene.signIn(user)
    await scene.signIn(user)
    await page.goto(`${scene.origin}/oauth/devices`)
    await page.click('details.device:first-of-type summary')
    await page.fill('#name-1', 'Kitchen')
    await press(page, '#rename-1')
    await page.click('#device-1')
  },
  async 'no-devices'(page, scene) {
    await become(page, scene, 'nobody')
    await page.goto(`${scene.origin}/oauth/devices`)
  },
}
