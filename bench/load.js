// Sends the polls, in a separate process, over keep-alive connections. Each code is polled once in a round.

import autocannon from 'autocannon'
import { grantType, pendingBody } from './servers/pending.js'

/** The index of the next code, by port. A code must not be polled again before all others are. */
const next = new Map()

process.on('message', ({ port, list, amount }) => {
  let index = next.get(port) ?? 0
  next.set(port, index + amount)
  const wrong = []
  const began = performance.now()
  let answered = began
  const instance = autocannon({
    url: `http://127.0.0.1:${port}`,
    connections: 32,
    amount,
    requests: [
      {
        method: 'POST',
        path: '/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        onResponse: (status, body) => {
          answered = performance.now()
          if (status !== 400 || body !== pendingBody) wrong.push(`${status} ${body}`)
        },
        setupRequest: (request) => {
          const code = list[index++ % list.length]
          return { ...request, body: `grant_type=${encodeURIComponent(grantType)}&device_code=${code}&client_id=tv` }
        },
      },
    ],
  })
  instance.on('done', ({ requests, errors, latency }) => {
    process.send?.({ requests: requests.total, errors, wrong, p99: latency.p99, elapsed: answered - began })
  })
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
