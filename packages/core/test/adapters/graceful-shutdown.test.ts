import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect as connectTls } from 'node:tls'
import { afterEach, expect, it, vi } from 'vitest'
import { type GracefulShutdownOptions, gracefulShutdown } from '../../src/adapters/graceful-shutdown.ts'
import { OptionError } from '../../src/checks.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

/** A listening server with its shutdown, and what was called of its `deviceAuth`, in order. */
async function start(listener: RequestListener, options: GracefulShutdownOptions = { notice: 0 }) {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener)
  servers.push(server)
  const called: string[] = []
  const deviceAuth = {
    drain: () => void called.push('drain'),
    close: async () => void called.push('close'),
  }
  const shutDown = gracefulShutdown(server, deviceAuth, options)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return socket
  }
  return { server, shutDown, called, open }
}

const get = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

it('a request under way is answered with Connection: close, after drain and before close', async () => {
  const { server, shutDown, called, open } = await start(() => {})
  const socket = await open()
  const arrived = once(server, 'request')
  socket.write(get)
  const [, res] = await arrived
  const ended = shutDown()
  await once(server, 'close', { signal: AbortSignal.timeout(50) }).catch(() => called.push('still open'))
  res.end('done')
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 .*connection: close.*done/is)
  await ended
  expect(called).toEqual(['drain', 'still open', 'close'])
})

it('a connection that is idle, or that never sent a request, does not keep the server', async () => {
  const { shutDown, open } = await start((_req, res) => res.end('x'), { notice: 0, deadline: 600 })
  const [idle, silent] = [await open(), await open()]
  idle.write(get)
  await once(idle, 'data')
  const closed = [once(idle, 'close'), once(silent, 'close')]
  for (const socket of [idle, silent]) socket.resume()
  await shutDown()
  await Promise.all(closed)
})

it('over TLS, a connection that never began it does not keep the server, and a request under way is answered', async () => {
  const psk = Buffer.alloc(32)
  // a secret that both know, in place of a certificate
  const tls = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
  const server = createHttpsServer({ ...tls, pskCallback: () => psk })
  servers.push(server)
  const deviceAuth = { drain: () => {}, close: async () => {} }
  const shutDown = gracefulShutdown(server, deviceAuth, { notice: 0, deadline: 600 })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const silent = connect(port, '127.0.0.1').resume()
  const arrived = once(server, 'request')
  const asking = connectTls({
    ...tls,
    port,
    host: '127.0.0.1',
    pskCallback: () => ({ psk, identity: 'test' }),
    checkServerIdentity: () => undefined,
  })
  asking.write(get)
  const [, res] = await arrived
  const ended = shutDown()
  await once(silent, 'close')
  res.end('done')
  expect(await text(asking)).toContain('done')
  await ended
})

it('until the notice is over it accepts connections, and every answer is the last one of its connection', async () => {
  const { server, shutDown, open } = await start((_req, res) => res.end('x'), { notice: 2 })
  const kept = await open()
  const ended = shutDown()
  for (const socket of [kept, await open()]) {
    socket.write(get)
    expect(await text(socket)).toMatch(/connection: close/i)
  }
  expect(server.listening).toBe(true)
  await ended
  expect(server.listening).toBe(false)
})

it('a request that takes longer than the deadline is cut', async () => {
  const { server, shutDown, called, open } = await start(() => {}, { notice: 0, deadline: 0.05 })
  const socket = await open()
  const arrived = once(server, 'request')
  socket.write(get)
  await arrived
  const closed = once(socket.resume(), 'close')
  await shutDown()
  await closed
  expect(called).toEqual(['drain', 'close'])
})

it('a second call is the first one', async () => {
  const { shutDown, called } = await start(() => {})
  await Promise.all([shutDown(), shutDown()])
  expect(called).toEqual(['drain', 'close'])
})

it('release is called once, after close, also if that fails', async () => {
  const fails = () => Promise.reject(new Error('the store failed'))
  for (const [close, status] of [[async () => {}, 'fulfilled'] as const, [fails, 'rejected'] as const]) {
    const called: string[] = []
    const deviceAuth = {
      drain: () => {},
      close: () => {
        called.push('close')
        return close()
      },
    }
    const release = async (): Promise<void> => void called.push('release')
    const shutDown = gracefulShutdown(createServer(), deviceAuth, { notice: 0, release })
    const ends = await Promise.allSettled([shutDown(), shutDown()])
    expect(called).toEqual(['close', 'release'])
    expect(ends.map((end) => end.status)).toEqual([status, status])
  }
})

it.each([
  ['close', 'at the deadline', 3, 2_900],
  ['release', 'at the deadline', 3, 2_900],
  ['release', 'after a second, if the deadline is over before', 0, 900],
] as const)('%s that hangs, as on a silent database, is given up %s', async (step, _when, deadline, waited) => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const hangs = { [step]: () => new Promise(() => {}) }
  const deviceAuth = { drain: () => {}, close: async () => {}, ...hangs }
  const release = (): unknown => hangs.release?.()
  const shutDown = gracefulShutdown(createServer(), deviceAuth, { notice: 0, deadline, release })
  let isOver = false
  const over = shutDown().then(() => {
    isOver = true
  })
  await vi.advanceTimersByTimeAsync(0)
  await new Promise(setImmediate)
  await vi.advanceTimersByTimeAsync(waited)
  expect(isOver).toBe(false)
  await vi.advanceTimersByTimeAsync(200)
  vi.useRealTimers()
  await over
})

it('a server that begins to listen after the end is closed again', async () => {
  const server = createServer()
  servers.push(server)
  await gracefulShutdown(server, { drain: () => {}, close: async () => {} }, { notice: 0 })()
  await once(server.listen(0, '127.0.0.1'), 'close')
  expect(server.listening).toBe(false)
})

it('a server that does not listen ends too', async () => {
  const { server, shutDown, called } = await start(() => {})
  server.close()
  await shutDown()
  expect(called).toEqual(['drain', 'close'])
})

it.each([[{ notice: -1 }], [{ deadline: '5' }], [{ notices: 1 }], [{ release: 'pool' }]])(
  '%j is refused',
  (options: object) => {
    const deviceAuth = { drain: () => {}, close: async () => {} }
    expect(() => gracefulShutdown(createServer(), deviceAuth, options)).toThrow(OptionError)
  },
)

it.each([
  ['no server', undefined, { drain: () => {}, close: async () => {} }, 'a server of node:http'],
  ['a server of node:http2', createSecureServer(), { drain: () => {}, close: async () => {} }, 'a server of node:http'],
  [
    'an application',
    Object.assign(() => {}, { on: () => {} }),
    { drain: () => {}, close: async () => {} },
    'a server of node:http',
  ],
  ['no device auth', createServer(), undefined, 'the object that createDeviceAuth returned'],
])('is refused with %s', (_name, server, deviceAuth, needed) => {
  expect(() => Reflect.apply(gracefulShutdown, undefined, [server, deviceAuth])).toThrow(
    `gracefulShutdown needs ${needed}`,
  )
})
