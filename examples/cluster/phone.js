// @ts-check
import { setTimeout as wait } from 'node:timers/promises'

/** A phone: it follows redirects, keeps cookies and posts forms, as a browser does. */
export class Phone {
  /** @type {Map<string, string>} */
  #cookies = new Map()

  /** @param {string} link the address in the QR code @param {string} name */
  async approve(link, name) {
    const login = await this.visit(link)
    await this.visit(new URL('/login', link), { name, return_to: hidden(login, 'return_to') })
    const confirm = await this.visit(link)
    // a person reads the page, and the server takes no approval within a second
    await wait(1100)
    const done = await this.visit(new URL('/oauth/device', link), {
      handle: hidden(confirm, 'handle'),
      action: 'approve',
      own_device: 'yes',
    })
    if (!done.includes('Device connected')) throw new Error(`The phone shows another page than expected:\n${done}`)
  }

  /** @param {string | URL} url @param {Record<string, string>} [form] @returns {Promise<string>} */
  async visit(url, form) {
    const cookie = [...this.#cookies].map((pair) => pair.join('=')).join('; ')
    const body = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }
    const response = await fetch(url, { ...body, redirect: 'manual', headers: { cookie } })
    for (const header of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
      this.#cookies.set(name, value)
    }
    const location = response.headers.get('location')
    return location === null ? response.text() : this.visit(new URL(location, url))
  }
}

/** @param {string} page @param {string} name */
function hidden(page, name) {
  const value = new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? ''
  return value.replaceAll('&amp;', '&')
}
