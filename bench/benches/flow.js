// The cost of a whole sign-in: the device asks for codes, the application approves, the device gets its tokens. Codes and
// tokens come over HTTP; the approval is a call of the server's API.

import { interleave } from '../interleave.js'
import { approve, send } from '../processes.js'

/** The load prepares a request more for each connection than it sends. */
const prepared = 64

export function run(servers, settings, progress) {
  return interleave({ ...settings, codes: 0, servers, progress }, async (server) => {
    const flows = settings.flows * server.share
    const { answers, cost: codes } = await send(server, 'authorize', flows + prepared)
    const approval = await approve(
      server,
      answers.map(([, userCode]) => userCode),
    )
    const { cost: redemption } = await send(
      server,
      'redeem',
      flows,
      answers.map(([deviceCode]) => deviceCode),
    )
    return { codes, approval, redemption, flow: codes + approval + redemption }
  })
}
