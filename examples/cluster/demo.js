// @ts-check
/** The demo: a TV signs in while two of three nodes are killed. `npm run demo redis`, or `npm run demo postgres`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { withCluster } from './cluster.js'
import { Phone } from './phone.js'

/** @typedef {Record<string, unknown>} Json */

await withCluster(async (cluster) => {
  const { origin } = cluster
  const phone = new Phone()

  say('The TV requests codes.')
  const codes = await post(origin, 'device_authorization', {})
  await poll(origin, codes)
  const [first] = cluster.nodes
  if (first !== undefined) cluster.kill(first)

  say('The TV goes on polling. Its code is in the database, so every other node knows it.')
  await poll(origin, codes)

  say('Ada opens the link on her phone, logs in and approves.')
  await phone.approve(String(codes.verification_uri_complete), 'Ada')
  await sleep(1000)

  say('The TV polls again. A node makes the tokens, but it dies before the TV gets the answer.')
  let lost = ''
  cluster.onAnswer = (node, asked, { status, body }) => {
    if (lost !== '' || asked !== 'POST /oauth/token' || status !== 200) return true
    lost = body.toString()
    cluster.kill(node)
    return false
  }
  const answered = await poll(origin, codes).catch(() => undefined)

  say('The TV got no answer, so it polls again. The last node answers with the same tokens.')
  const tokens = await poll(origin, codes)
  if (answered !== undefined || lost !== JSON.stringify(tokens))
    throw new Error('These are not the tokens that were lost.')

  say('The tokens work, and they can be refreshed.')
  const me = await fetch(`${origin}/api/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
  const { name } = /** @type {Json} */ (await me.json())
  await post(origin, 'token', { grant_type: 'refresh_token', refresh_token: String(tokens.refresh_token) })
  const devices = (await phone.visit(`${origin}/oauth/devices`)).match(/Living-room TV/g) ?? []

  say(`The TV is signed in as ${name}, and once: Ada sees ${devices.length} device on her page.`)
  say('Two of three nodes are gone, and nothing was lost.')
  return true
})

/** Polls once (RFC 8628 section 3.4), then waits for the interval (section 3.5). @param {string} origin @param {Json} codes */
async function poll(origin, codes) {
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  try {
    return await post(origin, 'token', { grant_type, device_code: String(codes.device_code) })
  } finally {
    await sleep(Number(codes.interval) * 1000)
  }
}

/** @param {string} origin @param {string} endpoint @param {Record<string, string>} form @returns {Promise<Json>} */
async function post(origin, endpoint, form) {
  const body = new URLSearchParams({ client_id: 'tv', ...form })
  const response = await fetch(`${origin}/oauth/${endpoint}`, { method: 'POST', body })
  return /** @type {Promise<Json>} */ (response.json())
}

/** @param {string} text */
function say(text) {
  console.log(`\n   ${text}\n`)
}
