import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { freePort } from '../free-port.ts'
import { type Link, linkTo } from './proxy.ts'

let link: Link
let received: string
/** The sockets on the side of the server. */
let sockets: Set<Socket>
let close: () => Promise<unknown>

beforeEach(async () => {
  received = ''
  const accepted = new Set<Socket>()
  sockets = accepted
  const server = createServer((socket) => {
    accepted.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => accepted.delete(socket))
    socket.setEncoding('utf8').on('data', (text) => {
      received += text
      socket.write(text)
    })
  })
  const port = await freePort()
  await once(server.listen(port, '127.0.0.1'), 'listening')
  link = await linkTo(port)
  close = async () => {
    await link.close()
    for (const socket of accepted) socket.destroy()
    server.close()
  }
})

afterEach(() => close())

async function client(): Promise<Socket> {
  const socket = connect(link.port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket.setEncoding('utf8')
}

async function talk(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  return String((await once(socket, 'data'))[0])
}

test('what is sent arrives, in both directions', async () => {
  expect(await talk(await client(), 'one')).toBe('one')
})

test('what is delayed is not overtaken when the delay ends', async () => {
  const socket = await client()
  await talk(socket, '0')
  link.delay(200)
  socket.write('1')
  await expect.poll(() => received).toBe('0')
  link.delay(0)
  await new Promise((resolve) => setImmediate(resolve))
  socket.write('2')
  await expect.poll(() => received).toBe('012')
})

test('what is held arrives later, and nobody gets an error', async () => {
  const socket = await client()
  await talk(socket, '0')
  link.hold(true)
  socket.write('1')
  const late = await client()
  late.write('2')
  expect(received).toBe('0')
  link.hold(false)
  await expect.poll(() => [...received].sort().join('')).toBe('012')
  expect(sockets.size).toBe(2)
})

test('a connection that is cut ends on both sides', async () => {
  const socket = await client()
  await talk(socket, '0')
  link.cut()
  await expect.poll(() => socket.destroyed).toBe(true)
  await expect.poll(() => sockets.size).toBe(0)
  expect(await talk(await client(), '1')).toBe('1')
})

test('a connection that is forgotten stays, and nothing passes; a new one works', async () => {
  const socket = await client()
  await talk(socket, '0')
  link.forget()
  socket.write('1')
  expect(await talk(await client(), '2')).toBe('2')
  expect(received).toBe('02')
  expect(socket.destroyed).toBe(false)
})

test('the server ends a forgotten connection after a minute, and the node hears nothing', async () => {
  const socket = await client()
  await talk(socket, '0')
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  link.forget()
  vi.advanceTimersByTime(60_000)
  vi.useRealTimers()
  await expect.poll(() => sockets.size).toBe(0)
  expect(await talk(await client(), '1')).toBe('1')
  expect(socket.destroyed).toBe(false)
})

test('the side that is left of a forgotten connection goes on, and ends with the link', async () => {
  const socket = await client()
  await talk(socket, '0')
  link.forget()
  for (const other of sockets) other.destroy()
  await expect.poll(() => sockets.size).toBe(0)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(socket.destroyed).toBe(false)
  await link.close()
  await expect.poll(() => socket.destroyed).toBe(true)
})
