import { connect, createServer, type Socket } from 'node:net'

/** A proxy in front of a server that counts round trips, and cuts or freezes connections. */
export interface Wire {
  readonly port: number
  /** Number of times that a client sent something after it had received everything so far: the round trips of a client with one connection. */
  turns(): number
  /** Cuts all connections. New connections work as usual. */
  cut(): void
  /** Makes connections half-open: nothing that is sent arrives, and neither side gets an error. */
  freeze(frozen: boolean): void
  /** Cuts the connection on which the next answer comes, and loses the answer: the server has done what it was asked. */
  loseNextAnswer(): void
  /** Makes the connections that are open now half-open for ever. New connections work as usual. */
  silence(): void
  close(): Promise<void>
}

/** Milliseconds by which answers are delayed, so that commands that are sent together count as one round trip. */
const LATENCY = 5

/** A proxy in front of the server on this local port. */
export async function wireTo(port: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  let turns = 0
  let frozen = false
  let losing = false
  let silent = new WeakSet<Socket>()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    let listening = true
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
    client.on('data', (data) => {
      if (listening) turns++
      listening = false
      if (!frozen && !silent.has(client)) upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (losing) {
        losing = false
        client.destroy()
        return
      }
      setTimeout(() => {
        listening = true
        if (!frozen && !silent.has(client)) client.write(data)
      }, LATENCY)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    turns: () => turns,
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    freeze: (state) => {
      frozen = state
    },
    loseNextAnswer: () => {
      losing = true
    },
    silence: () => {
      silent = new WeakSet(sockets)
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
