import { strict as assert } from 'node:assert'
import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestListener } from 'node:http'
import type { DeviceAuth } from '../../contract/device-auth.ts'
import { type Awaitable, jsonResponse, type OAuthRequest, type OAuthResponse } from '../../http.ts'
import { type Echo, echoDeviceAuth } from './echo.ts'
import { type Listening, listen, requestText, send, Wire, type WireResponse } from './wire.ts'

/** Puts a server behind node:http by an adapter. */
export type MountAdapter<Native> = (
  deviceAuth: DeviceAuth<Native>,
  cookie: string | undefined,
) => Awaitable<RequestListener>

/** One sentence of the adapter contract, and the check for it. */
export interface AdapterCase {
  readonly name: string
  /** True if the case is about bytes on the wire, which a body parser in front reads before the adapter. */
  readonly unparsed: boolean
  check<Native>(scene: AdapterScene<Native>): Promise<void>
}

export function adapterCase(name: string, check: AdapterCase['check']): AdapterCase {
  return { name, unparsed: false, check }
}

/** A case that does not hold with a body parser in front: the limits on the wire are the parser's then. */
export function unparsedCase(name: string, check: AdapterCase['check']): AdapterCase {
  return { name, unparsed: true, check }
}

export const form = 'grant_type=x&client_id=tv&device_code=a%20b'
export const parameters = { grant_type: 'x', client_id: 'tv', device_code: 'a b' }

/** Milliseconds that an adapter has to notice something. */
const PATIENCE = 5_000

/** Waits until a condition holds; `false` if it does not hold in time. */
export async function holdsSoon(condition: () => boolean): Promise<boolean> {
  for (const until = performance.now() + PATIENCE; performance.now() < until; ) {
    if (condition()) return true
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return false
}

/** An adapter in front of the echo, listening on a port, and the short ways to ask it. */
export class AdapterScene<Native> {
  readonly prefix: string
  /** True if a body parser is in front. */
  readonly parsed: boolean
  /** True if a body parser in front reads JSON. */
  readonly parsedJson: boolean
  /** True if the metadata is at the root of the host too. */
  readonly atRoot: boolean
  /** The requests that reached an endpoint. */
  readonly seen: readonly OAuthRequest<Native>[]
  readonly listening: Listening
  readonly #mount: MountAdapter<Native>

  constructor(
    scene: Pick<AdapterScene<Native>, 'prefix' | 'parsed' | 'parsedJson' | 'atRoot' | 'seen' | 'listening'>,
    mount: MountAdapter<Native>,
  ) {
    this.prefix = scene.prefix
    this.parsed = scene.parsed
    this.parsedJson = scene.parsedJson
    this.atRoot = scene.atRoot
    this.seen = scene.seen
    this.listening = scene.listening
    this.#mount = mount
  }

  /** The path of the token endpoint of the echo. */
  get token(): string {
    return `${this.prefix}/token`
  }

  connect(): Wire {
    return new Wire(this.listening.port)
  }

  send(...request: Parameters<typeof requestText>): Promise<WireResponse> {
    return send(this.listening.port, ...request)
  }

  post(body: string, headers: Readonly<Record<string, string>> = {}): Promise<WireResponse> {
    return this.send('POST', this.token, body, headers)
  }

  /** A POST to the token endpoint, as text. */
  postText(body: string, headers: Readonly<Record<string, string>> = {}): string {
    return requestText('POST', this.token, body, headers)
  }

  /**
   * Sends a request to an endpoint that answers only when the test is over, and runs the test with that request.
   *
   * @param text - The request. Default: a POST to the token endpoint.
   */
  async withWaiting(
    test: (request: OAuthRequest<Native>, wire: Wire) => Promise<void>,
    text = this.postText(form),
  ): Promise<void> {
    let answer = (): void => {}
    const held = new Promise<OAuthResponse>((resolve) => {
      answer = () => resolve({ status: 200, headers: { 'content-length': '0' }, body: '' })
    })
    const seen: OAuthRequest<Native>[] = []
    const waiting = echoDeviceAuth<Native>(seen, () => held)
    const listening = await listen(await this.#mount(waiting, undefined))
    const wire = new Wire(listening.port)
    try {
      wire.write(text)
      assert.ok(await holdsSoon(() => seen.length === 1), 'the request arrives')
      await test(seen[0] as OAuthRequest<Native>, wire)
    } finally {
      answer()
      wire.close()
      await listening.close()
    }
  }

  /**
   * Sends requests to an application that runs each one in an async context of its own, as middleware for request ids and traces
   * does. A request is text in pieces: the second piece is sent when the application has the head.
   *
   * @returns The numbers of the requests, as the endpoints found them in their context.
   */
  async contextsOf(...requests: readonly (readonly string[])[]): Promise<readonly (number | undefined)[]> {
    const storage = new AsyncLocalStorage<number>()
    const found: (number | undefined)[] = []
    const deviceAuth = echoDeviceAuth<Native>([], () => {
      found.push(storage.getStore())
      return jsonResponse(200, {})
    })
    const application = await this.#mount(deviceAuth, undefined)
    let begun = 0
    const listening = await listen((req, res) => storage.run(begun++, () => application(req, res)))
    try {
      for (const [index, [head = '', ...pieces]] of requests.entries()) {
        const wire = new Wire(listening.port)
        wire.write(head)
        assert.ok(await holdsSoon(() => begun > index), 'the request arrives')
        for (const piece of pieces) wire.write(piece)
        assert.equal((await wire.response())?.status, 200)
        wire.close()
      }
    } finally {
      await listening.close()
    }
    return found
  }

  /** The response of a server that always gives this answer, in an application that sets a cookie. */
  withCookie(cookie: string, answer: OAuthResponse): Promise<WireResponse> {
    return this.#answered(answer, cookie)
  }

  /** The response of a server that always gives this answer. */
  withAnswer(answer: OAuthResponse): Promise<WireResponse> {
    return this.#answered(answer, undefined)
  }

  async #answered(answer: OAuthResponse, cookie: string | undefined): Promise<WireResponse> {
    const one = await listen(
      await this.#mount(
        echoDeviceAuth<Native>([], () => answer),
        cookie,
      ),
    )
    try {
      return await send(one.port, 'GET', `${this.prefix}/device`)
    } finally {
      await one.close()
    }
  }
}

/** The request that an endpoint got; the response must be a 200. */
export function echoOf(response: WireResponse | undefined): Echo {
  assert.equal(response?.status, 200, `the answer is ${response?.status}: ${response?.body}`)
  return JSON.parse(response?.body ?? '')
}

/** The error code of a response. */
export function errorOf(response: WireResponse | undefined): unknown {
  return JSON.parse(response?.body ?? '').error
}
