// The memory of a pending sign-in: bytes of heap, and of the whole process. Codes are asked for over HTTP, because texts that
// are cut out of a request would keep all of it in memory. A second process of the server is measured beside the bare one.

import { memoryOf, send, startLoad, startServer } from '../processes.js'

const count = 100_000

export async function run(servers, { starts }, progress) {
  const chosen = servers.filter(({ name }) => ['bare', 'node'].includes(name))
  const load = await startLoad()
  const results = Object.fromEntries(chosen.map(({ name }) => [name, { heap: [], rss: [] }]))
  for (let fresh = 1; fresh <= starts; fresh++) {
    for (const one of chosen) {
      progress(`start ${fresh} of ${starts}, ${one.name}`)
      const server = await startServer(one, 0, load)
      // what is compiled, and the pages that the first requests need, are not of one sign-in
      await send(server, 'authorize', count / 10)
      const before = await memoryOf(server)
      await send(server, 'authorize', count)
      const after = await memoryOf(server)
      for (const kind of ['heap', 'rss']) results[one.name][kind].push((after[kind] - before[kind]) / count)
      server.child.disconnect()
    }
  }
  load.disconnect()
  return results
}
