// The cost of a poll: CPU microseconds of the server process per request.

import { interleave } from '../interleave.js'
import { send } from '../processes.js'

export function run(servers, settings, progress) {
  return interleave({ ...settings, servers, progress }, async (server) => {
    const { cost } = await send(server, 'poll', settings.polls * server.share, server.list)
    return { poll: cost }
  })
}
