// examples/cluster: nodes on one database, some of which are killed and some are stopped.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { approve, examples, json, post, printed, run, skipWithoutServer } from './example.ts'
import { freePort } from './free-port.ts'

const databases = ['redis', 'postgres'] as const
const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'

it.for(databases)(
  'the demo signs a TV in on %s while two of three nodes are killed',
  async (database, { task, skip }) => {
    const demo = run('cluster', ['npm', 'run', '--silent', 'demo', database], {})
    const story = await printed(demo).catch(skipWithoutServer({ task, skip }))
    const lines = story.split('\n').filter((line) => line.trim() !== '')
    const killed = lines.filter((line) => line.includes('kill -9')).map((line) => line.slice(-'node 1'.length))
    expect(new Set(killed).size).toBe(2)
    const answers = lines.map((line) => /^(node \d) +POST \/oauth\/token +(\d+ \w+)/.exec(line)?.slice(1) ?? [])
    const [, , lost, again] = answers.filter(([node]) => node !== undefined)
    expect([lost?.[1], again?.[1]]).toEqual(['200 tokens', '200 tokens'])
    expect(killed).toContain(lost?.[0])
    expect(killed).not.toContain(again?.[0])
    expect(lines.at(-2)).toContain('signed in as Ada, and once: Ada sees 1 device')
    expect(lines.at(-1)).toContain('nothing was lost')
  },
)

/** The exports of examples/cluster/database.js. */
interface DatabaseModule {
  startDatabase(kind: string): Promise<{ readonly env: Record<string, string>; stop(): Promise<void> }>
}
const databaseFile = join(examples, 'cluster/database.js')

async function untilReceived(socket: Socket, words: string): Promise<void> {
  let said = ''
  while (!said.includes(words)) said += String((await once(socket, 'data'))[0])
}

async function untilRefused(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, 'localhost')
    const refused = await new Promise((resolve) => {
      socket.once('connect', () => resolve(false)).once('error', () => resolve(true))
    })
    socket.destroy()
    if (refused) return
  }
}

describe.each(databases)('a node on %s that gets SIGTERM', (kind) => {
  it('F-27 finishes the current request, ends its connection and exits, and leaves no lock behind', async ({
    task,
    skip,
  }) => {
    const { startDatabase } = (await import(databaseFile)) as DatabaseModule
    const database = await startDatabase(kind).catch(skipWithoutServer({ task, skip }))
    try {
      const [port, otherPort] = [await freePort(), await freePort()]
      const origin = `http://localhost:${otherPort}`
      const env = { ...database.env, ORIGIN: origin, DEVICE_AUTH_SECRET: 'a secret of at least thirty-two characters' }
      const nodes = [port, otherPort].map((PORT) =>
        run('cluster', ['node', 'server.js'], { ...env, PORT: String(PORT) }),
      )
      const [node] = nodes
      await Promise.all(nodes.map((each) => printed(each, 'listens')))
      const codes = await json(await post(`http://localhost:${port}/oauth/device_authorization`, { client_id: 'tv' }))
      expect(await approve(origin, codes.verification_uri_complete ?? '')).toContain('Device connected')

      const form = { client_id: 'tv', grant_type, device_code: codes.device_code ?? '' }
      const body = String(new URLSearchParams(form))
      const head = `POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n`
      const socket = connect(port, 'localhost')
      socket.write(`${head}Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n\r\n`)
      await untilReceived(socket, '100 Continue')
      node?.kill('SIGTERM')
      await untilRefused(port)
      socket.write(`${body}GET /api/me HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      // reads until the node closes the connection
      const answers = (await text(socket)).split(/(?=HTTP\/1\.1 )/)
      // the answer says that it is the last one, so the device sends the second request again on a new connection
      expect(answers).toHaveLength(1)
      const [first = ''] = answers
      expect(first).toMatch(/^HTTP\/1\.1 200 .*connection: close/is)
      expect(node?.exitCode ?? (await once(node as NonNullable<typeof node>, 'exit'))[0]).toBe(0)

      // the other node has the tokens, and answers the same device code with them
      const [given = ''] = /\{.*\}/.exec(first) ?? []
      expect(await json(await post(`${origin}/oauth/token`, form))).toEqual(JSON.parse(given))
    } finally {
      await database.stop()
    }
  })
})
