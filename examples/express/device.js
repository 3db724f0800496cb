// @ts-check
/**
 * A device with a terminal: `node device.js [issuer]`. It shows a code and a QR code, polls until the user has decided,
 * and says who signed in. Plain `fetch` and RFC 8628, nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { renderUnicodeCompact } from 'uqr'

const client_id = 'terminal'
const { stdout } = process
const live = stdout.isTTY === true
const colors = live && !process.env.NO_COLOR && process.env.TERM !== 'dumb'

/** Signs in and returns the exit code: 0 signed in, 1 not. @param {string} issuer @param {AbortSignal} signal */
export async function signIn(issuer, signal) {
  const server = await discover(issuer).catch(() => undefined)
  if (server === undefined) return fail(`There is no authorization server at ${issuer}.`)
  const { status, body: codes } = await post(server.device_authorization_endpoint, { client_id, scope: 'profile' })
  if (status !== 200) return fail(`The server refuses: ${codes.error_description ?? codes.error}`)
  show(codes)
  const giveUp = () => post(server.revocation_endpoint, { client_id, token: codes.device_code })
  try {
    const token = await poll(server.token_endpoint, codes, signal)
    if ('error' in token) return fail(endings[token.error] ?? `The server says: ${token.error}`)
    const me = await fetch(new URL('/api/me', issuer), { headers: { authorization: `Bearer ${token.access_token}` } })
    if (!me.ok) return fail(`The token was not accepted: ${me.status}`)
    say(`${paint('32', '✔')} Signed in. Hello, ${paint('1', (await me.json()).name)}!`)
    return 0
  } catch (error) {
    if (!signal.aborted) throw error
    // so that the code on the screen is worth nothing any more
    await giveUp().catch(() => {})
    return fail('Stopped. The code is not valid any more.')
  }
}

/** @type {Record<string, string>} */
const endings = {
  access_denied: 'The request was declined.',
  expired_token: 'Nobody approved in time, and the code has expired. Run this again for a new one.',
}

/** RFC 8628 section 3.5. @param {string} url @param {Record<string, any>} codes @param {AbortSignal} signal */
async function poll(url, { device_code, interval = 5, expires_in }, signal) {
  const expiresAt = Date.now() + expires_in * 1000
  const form = { client_id, grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code }
  let [pause, note] = [interval, '']
  for (;;) {
    for (let left = pause; left > 0; left--) {
      status(`Waiting for approval, ${clock(expiresAt - Date.now())} left${note}`)
      await sleep(1000, undefined, { signal })
    }
    if (Date.now() > expiresAt + 60_000) return { error: 'expired_token' }
    const answer = await post(url, form).catch(() => undefined)
    if (answer === undefined || answer.status >= 500) {
      // nothing is lost: wait longer each time, and go on
      ;[pause, note] = [Math.min(pause * 2, 60), ' (no connection, trying again)']
      continue
    }
    if (answer.body.error === 'slow_down') interval += 5
    else if (answer.body.error !== 'authorization_pending') return answer.body
    ;[pause, note] = [interval, '']
  }
}

/** RFC 8414: the endpoints, from the issuer alone. @param {string} issuer */
async function discover(issuer) {
  const response = await fetch(`${issuer}/.well-known/oauth-authorization-server`)
  return response.ok ? response.json() : undefined
}

/** @param {string} url @param {Record<string, string>} form */
async function post(url, form) {
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams(form),
    signal: AbortSignal.timeout(10_000),
  })
  return { status: response.status, body: await response.json() }
}

/** @param {Record<string, any>} codes */
function show({ user_code, verification_uri, verification_uri_complete }) {
  const qr = renderUnicodeCompact(verification_uri_complete ?? verification_uri, { border: 2 }).split('\n')
  say(`Open ${paint('4', verification_uri)} and enter the code\n\n      ${paint('1', user_code)}\n`)
  // black on white whatever the theme is: not every phone reads an inverted code
  if ((qr[0]?.length ?? 0) < (stdout.columns ?? 80))
    say(`${qr.map((line) => paint('38;5;231;48;5;16', line)).join('\n')}\n`)
}

/** @param {number} ms */
function clock(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

let statusShown = false
/** One line that changes in place; where nothing can change in place, the first one only. @param {string} text */
function status(text) {
  if (live) stdout.write(`\r\x1b[K${text.slice(0, stdout.columns - 1)}`)
  else if (!statusShown) stdout.write(`${text}\n`)
  statusShown = true
}

/** @param {string} text */
function say(text) {
  stdout.write(`${live && statusShown ? '\r\x1b[K' : ''}${text}\n`)
}

/** @param {string} text */
function fail(text) {
  say(`${paint('31', '✘')} ${text}`)
  return 1
}

/** @param {string} code @param {string} text */
function paint(code, text) {
  return colors ? `\x1b[${code}m${text}\x1b[0m` : text
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const abort = new AbortController()
  process.once('SIGINT', () => abort.abort())
  process.exitCode = await signIn(process.argv[2] ?? 'http://localhost:3000/oauth', abort.signal)
}
