// The load in a process of its own: polls every code once in a round, over kept-alive connections.

import autocannon from 'autocannon'
import { grantType } from './servers/pending.js'

process.on('message', async ({ port, list, amount }) => {
  let next = 0
  const instance = autocannon({
    url: `http://127.0.0.1:${port}`,
    connections: 32,
    amount,
    requests: [
      {
        method: 'POST',
        path: '/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        setupRequest: (request) => {
          const code = list[next++ % list.length]
          return { ...request, body: `grant_type=${encodeURIComponent(grantType)}&device_code=${code}&client_id=tv` }
        },
      },
    ],
  })
  const wrong = new Map()
  instance.on('response', (_client, status) => {
    if (status !== 400) wrong.set(status, (wrong.get(status) ?? 0) + 1)
  })
  instance.on('done', ({ requests, errors, latency }) => {
    process.send?.({ requests: requests.total, errors, wrong: [...wrong], p99: latency.p99 })
  })
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
