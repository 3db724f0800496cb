import { connect, createServer, type Socket } from 'node:net'

/** A connection to a server with a counter in between, and scissors. */
export interface Wire {
  readonly port: number
  /** How often a client spoke after it had heard everything so far: round trips, if it has one connection. */
  turns(): number
  /** Cuts all connections; new ones are made as usual. */
  cut(): void
  /** Half-open: what is sent arrives nowhere, and nobody is told. */
  freeze(frozen: boolean): void
  close(): Promise<void>
}

/** Milliseconds that answers are held back, so that what is sent together counts as one. */
const LATENCY = 5

export async function wireTo(port: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  let turns = 0
  let frozen = false
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
      if (!frozen) upstream.write(data)
    })
    upstream.on('data', (data) => {
      setTimeout(() => {
        listening = true
        if (!frozen) client.write(data)
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
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
