// Ctrl-C, SIGTERM and a closed terminal while the server replaces tokens, or while new ones are saved: none are lost.
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { cleanUp, clientEnvironment, finish, run } from './cli-process.ts'
import { closeServers, serve } from './serve.ts'

afterEach(() => {
  cleanUp()
  closeServers()
})

const ends = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const

/** A server that gives tokens at once, and takes the second use of a refresh token for theft. Answers are held back while `hold` is set. */
async function strictServer() {
  const state = { number: 0, hold: false, held: [] as (() => void)[] }
  const issuer = await serve((origin) => async (req, res) => {
    const send = (status: number, members: object): ServerResponse =>
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(members))
    const form = new URLSearchParams(await text(req))
    const codes = { device_code: 'dc', user_code: 'BCDF-GHJK', verification_uri: origin, expires_in: 600, interval: 1 }
    if (req.url === '/codes') return send(200, codes)
    if (req.url !== '/token')
      return send(200, {
        issuer: origin,
        device_authorization_endpoint: `${origin}/codes`,
        token_endpoint: `${origin}/token`,
      })
    const used = form.get('refresh_token')
    if (used !== null && used !== `rt-${state.number}`) return send(400, { error: 'invalid_grant' })
    state.number++
    // the access token is to be refreshed at its next use
    const tokens = { access_token: `at-${state.number}`, refresh_token: `rt-${state.number}`, expires_in: 1 }
    if (state.hold) state.held.push(() => send(200, tokens))
    else send(200, tokens)
    return undefined
  })
  return { env: clientEnvironment(issuer), state }
}

function savedFile(folder: string): string {
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.json')) ?? '')
}

describe.each(ends)('%s', (signal, expected) => {
  it('during a refresh: the command waits for the new refresh token, and the sign-in goes on', async () => {
    const { env, state } = await strictServer()
    expect(await finish(['login', '--interactive'], env)).toMatchObject({ code: 0 })
    state.hold = true
    const token = run(['token'], env)
    await expect.poll(() => state.held).toHaveLength(1)
    token.process.kill(signal)
    await token.printed(/Stopping as soon as the tokens are saved/)
    state.hold = false
    state.held.pop()?.()
    expect(await token.ended).toMatchObject({ code: expected, stdout: '' })
    expect(readFileSync(savedFile(env.DEVICE_AUTH_STATE_FOLDER), 'utf8')).toContain('"rt-2"')
    expect(await finish(['token'], env)).toMatchObject({ code: 0, stdout: 'at-3\n' })
  })

  it('while the tokens of a login wait for the lock of another process: they are saved, and the command says so', async () => {
    const { env } = await strictServer()
    expect(await finish(['login', '--interactive'], env)).toMatchObject({ code: 0 })
    const file = savedFile(env.DEVICE_AUTH_STATE_FOLDER)
    const lock = `${file}.lock`
    writeFileSync(lock, JSON.stringify({ id: 'x', pid: process.pid, host: hostname() }))
    const alive = setInterval(() => utimesSync(lock, new Date(), new Date()), 1000)
    const login = run(['login', '--interactive', '--verbose'], env)
    try {
      // the answer with the tokens
      await login.printed(/\/token 200/)
      login.process.kill(signal)
      await login.printed(/Stopping as soon as the tokens are saved/)
    } finally {
      clearInterval(alive)
      rmSync(lock)
    }
    expect(await login.ended).toMatchObject({ stderr: expect.stringContaining('Signed in.') })
    expect(readFileSync(file, 'utf8')).toContain('"at-2"')
  })
})
