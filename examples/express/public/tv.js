// @ts-check
/**
 * A TV that signs in: a public client without a keyboard. It requests a code, shows it, polls until the user has decided
 * on the phone (RFC 8628), and then uses its token.
 */
import { encode } from './uqr.mjs'

/** @typedef {import('@device-auth/express').DeviceAuthorizationResponse} Codes */
/** @typedef {{ error?: string, access_token?: string, refresh_token?: string, [member: string]: unknown }} Answer */

const client_id = 'tv'
const screens = ['starting', 'waiting', 'welcome', 'ended']
/** @type {Record<string, string[]>} */
const endings = {
  access_denied: ['Declined', 'The request was declined on the phone. Nobody is signed in.'],
  expired_token: ['This code has expired', 'It was not used in time. Get a new one when you are ready.'],
}
const unknown = ['That did not work', 'The sign-in could not be finished. Please try once more.']

async function signIn() {
  show('starting')
  try {
    /** @type {Codes} */
    const codes = await withRetries(() => post('/oauth/device_authorization', { client_id, scope: 'profile' }))
    showCodes(codes)
    const answer = await poll(codes)
    if (answer.access_token === undefined) end(answer.error)
    else await welcome(answer)
  } catch (error) {
    console.warn(error)
    end()
  }
}

/**
 * Polls at the interval of the server until the user has decided (RFC 8628 section 3.5), and once at the moment of the decision.
 * @param {Codes} codes @returns {Promise<Answer>}
 */
async function poll({ device_code, interval = 5, expires_in }) {
  const expiresAt = Date.now() + expires_in * 1000
  const countdown = setInterval(() => showTimeLeft(expiresAt, expires_in), 1000)
  showTimeLeft(expiresAt, expires_in)
  const events = await listenForDecision(device_code)
  try {
    for (;;) {
      // the polls go on: an event may be late, where a proxy cuts or keeps back what is held
      await Promise.race([pause(interval), ...events.news])
      const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
      const answer = await withRetries(() => post('/oauth/token', { client_id, grant_type, device_code }), interval)
      if (answer.error === 'slow_down') interval += 5
      else if (answer.error !== 'authorization_pending') return answer
    }
  } finally {
    clearInterval(countdown)
    events.close()
  }
}

/**
 * Listens for the decision. The address has the hash of the device code, which gives nobody a token.
 * `news` has the promise of the event until that has come, and is empty after that.
 * @param {string} device_code
 */
async function listenForDecision(device_code) {
  // a page over plain http has no hash functions
  if (globalThis.crypto?.subtle === undefined) return { news: [], close() {} }
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(device_code))
  const base64 = btoa(String.fromCharCode(...new Uint8Array(hash)))
  const id = base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  const source = new EventSource(`/oauth/decision_events?id=${id}`)
  /** @type {Promise<unknown>[]} */
  const news = []
  const decided = new Promise((resolve) => source.addEventListener('decision', resolve))
  news.push(decided)
  void decided.then(() => news.pop())
  return { news, close: () => source.close() }
}

/** @param {Answer} token */
async function welcome({ access_token, refresh_token }) {
  const response = await fetch('/api/me', { headers: { authorization: `Bearer ${access_token}` } })
  if (!response.ok) throw new Error(`The API answered ${response.status}.`)
  const { name } = await response.json()
  element('name').textContent = name
  show('welcome', `Signed in as ${name}.`)
  element('leave').onclick = async () => {
    // revoking the refresh token ends the access token as well
    await post('/oauth/revoke', { client_id, token: String(refresh_token ?? access_token) }).catch(() => {})
    await signIn()
  }
}

/** @param {string | undefined} error */
function end(error = '') {
  const [reason = '', advice = ''] = endings[error] ?? unknown
  element('reason').textContent = reason
  element('advice').textContent = advice
  show('ended', `${reason}. ${advice}`)
}

/** @param {Codes} codes */
function showCodes({ user_code, verification_uri, verification_uri_complete }) {
  element('code').textContent = user_code
  element('address').textContent = verification_uri.replace(/^https?:\/\//, '')
  drawQr(verification_uri_complete ?? verification_uri)
  show('waiting', `Your code is ${[...user_code].join(' ')}.`)
}

/** @param {string} text */
function drawQr(text) {
  const { data, size } = encode(text, { border: 0 })
  const svg = element('qr')
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`)
  const dots = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')))
  svg.querySelector('path')?.setAttribute('d', dots.join(''))
}

/** @param {number} expiresAt @param {number} lifetime seconds */
function showTimeLeft(expiresAt, lifetime) {
  const seconds = Math.max(0, Math.round((expiresAt - Date.now()) / 1000))
  element('left').textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  element('bar').style.setProperty('inline-size', `${(100 * seconds) / lifetime}%`)
}

/** @param {string} screen @param {string} [spoken] the text for a screen reader */
function show(screen, spoken = '') {
  for (const id of screens) element(id).hidden = id !== screen
  element('status').textContent = spoken
  // a remote control has no pointer, so the button gets the focus
  element(screen).querySelector('button')?.focus()
}

/** Repeats a request as long as the connection or the server fails. @template T @param {() => Promise<T>} request @param {number} [seconds] @returns {Promise<T>} */
async function withRetries(request, seconds = 5) {
  for (let wait = seconds; ; wait = Math.min(wait * 2, 60)) {
    try {
      return await request()
    } catch {
      element('status').textContent = 'No connection. Trying again.'
      await pause(wait)
    }
  }
}

/** @param {string} path @param {Record<string, string>} form @returns {Promise<any>} */
async function post(path, form) {
  const response = await fetch(path, {
    method: 'POST',
    body: new URLSearchParams(form),
    signal: AbortSignal.timeout(10_000),
  })
  if (response.status >= 500) throw new Error(`The server answered ${response.status}.`)
  const text = await response.text()
  return text === '' ? {} : JSON.parse(text)
}

/** @param {number} seconds */
function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`The page has no #${id}.`)
  return found
}

function showTime() {
  element('time').textContent = new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
}

showTime()
setInterval(showTime, 10_000)
element('again').onclick = signIn
await signIn()
