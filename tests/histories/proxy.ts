import { connect, createServer, type Socket } from 'node:net'

/** The connections between one node and one server of its database. */
export interface Link {
  /** The port that the node connects to. */
  readonly port: number
  /** Ends all connections with a reset. New ones work. */
  cut(): void
  /** `true`: nothing arrives, and nobody gets an error, until it is `false` again; then everything arrives late. */
  hold(held: boolean): void
  /**
   * Silences the open connections: the node gets neither bytes nor an error any more, as behind a firewall that has forgotten them. New
   * ones work. The server ends its side after a minute, as by TCP keepalive: else they would fill it in a long history.
   */
  forget(): void
  /** Milliseconds by which everything is delayed, in each direction. */
  delay(milliseconds: number): void
  close(): Promise<void>
}

interface Pipe {
  readonly sockets: readonly [Socket, Socket]
  forgotten: boolean
}

/** Milliseconds after which the server notices that a connection is forgotten. */
const KEEPALIVE = 60_000

/** Begins to listen, in front of the server on this local port. */
export async function linkTo(target: number): Promise<Link> {
  const pipes = new Set<Pipe>()
  let [held, latency] = [false, 0]
  const forward = (pipe: Pipe, from: Socket, to: Socket): void => {
    // what is delayed must not be overtaken when the delay ends
    let [last, waiting] = [Promise.resolve(), 0]
    from.on('data', (data) => {
      if (pipe.forgotten) return
      if (latency === 0 && waiting === 0) return void to.write(data)
      const due = new Promise((resolve) => setTimeout(resolve, latency))
      waiting++
      last = Promise.all([last, due]).then(() => {
        waiting--
        to.write(data)
      })
    })
    from.on('error', () => {})
    from.on('close', () => {
      if (!pipe.forgotten) to.destroy()
      // of a forgotten connection one side may be left, which has to be resumed and ended like the others
      if (pipe.sockets.every(({ destroyed }) => destroyed)) pipes.delete(pipe)
    })
    if (held) from.pause()
  }
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    const pipe: Pipe = { sockets: [client, upstream], forgotten: false }
    pipes.add(pipe)
    forward(pipe, client, upstream)
    forward(pipe, upstream, client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The link listens on no port.')
  const { port } = address
  const each = (act: (socket: Socket) => void): void => {
    for (const { sockets } of pipes) for (const socket of sockets) act(socket)
  }
  return {
    port,
    cut: () => each((socket) => socket.resetAndDestroy()),
    hold: (state) => {
      held = state
      each((socket) => (state ? socket.pause() : socket.resume()))
    },
    forget: () => {
      const forgotten = [...pipes]
      for (const pipe of forgotten) pipe.forgotten = true
      setTimeout(() => {
        for (const { sockets } of forgotten) sockets[1].destroy()
      }, KEEPALIVE).unref()
    },
    delay: (milliseconds) => {
      latency = milliseconds
    },
    close: () => {
      each((socket) => socket.destroy())
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
