// Sends the requests, in a process of its own, over keep-alive connections, and checks each answer.

import autocannon from 'autocannon'
import { rightAnswer, wires } from './wires.js'

/** The index of the next code, by port. A code must not be polled again before all others are. */
const next = new Map()

process.on('message', ({ port, list = [], amount, kind = 'poll', wire = 'oauth' }) => {
  let index = kind === 'poll' ? (next.get(port) ?? 0) : 0
  next.set(port, index + amount)
  const [wrong, answers] = [[], []]
  const began = performance.now()
  let answered = began
  const instance = autocannon({
    url: `http://127.0.0.1:${port}`,
    connections: 32,
    amount,
    requests: [
      {
        method: 'POST',
        onResponse: (status, body) => {
          answered = performance.now()
          const content = rightAnswer(kind, status, body)
          if (content === undefined) wrong.push(`${status} ${body}`)
          else if (kind === 'authorize') answers.push([content.device_code, content.user_code])
        },
        setupRequest: (request) => ({ ...request, ...wires[wire][kind](list[index++ % list.length]) }),
      },
    ],
  })
  instance.on('done', ({ requests, errors, latency }) => {
    const { p99 } = latency
    process.send?.({ requests: requests.total, errors, wrong, answers, p99, elapsed: answered - began })
  })
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
