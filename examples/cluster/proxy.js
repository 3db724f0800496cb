// @ts-check
/** A small load balancer for the demo: round robin, without the nodes that have ended or are about to end. */
import { createServer, request } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** @typedef {{ name: string, port: number }} Node */
/** @typedef {{ status: number, headers: import('node:http').IncomingHttpHeaders, body: Buffer }} Answer */
/** @typedef {(node: Node, asked: string, answer: Answer) => boolean | void} OnAnswer called for each answer; returns `false` to lose it */

/** @param {() => Node[]} nodes returns the nodes that are alive @param {OnAnswer} onAnswer */
export function createProxy(nodes, onAnswer) {
  let turn = 0
  return createServer(async (req, res) => {
    const body = await buffer(req)
    const candidates = nodes()
    const first = turn++
    for (let index = 0; index < candidates.length; index++) {
      const node = /** @type {Node} */ (candidates[(first + index) % candidates.length])
      const answer = await forward(node, req, body).catch((/** @type {NodeJS.ErrnoException} */ error) => error)
      if (answer instanceof Error) {
        // a refused connection means that no node has the request, so another one may get it; in all other cases only
        // the sender may repeat it
        if (answer.code === 'ECONNREFUSED') continue
        return void res.writeHead(502).end()
      }
      if (answer.status === 503 && answer.headers.connection === 'close') continue
      if (onAnswer(node, `${req.method} ${req.url?.split('?')[0]}`, answer) === false) return void res.destroy()
      const { connection: _, ...headers } = answer.headers
      return void res.writeHead(answer.status, headers).end(answer.body)
    }
    res.writeHead(503, { 'retry-after': '1' }).end()
  })
}

/** @param {Node} node @param {import('node:http').IncomingMessage} req @param {Buffer} body @returns {Promise<Answer>} */
function forward({ port }, { method, url: path, headers, socket }, body) {
  return new Promise((resolve, reject) => {
    const forwarded = { ...headers, 'x-forwarded-for': socket.remoteAddress }
    const upstream = request({ host: 'localhost', port, method, path, headers: forwarded, agent: false })
    upstream.once('error', reject)
    upstream.once('response', (response) => {
      const { statusCode: status = 502, headers } = response
      buffer(response).then((body) => resolve({ status, headers, body }), reject)
    })
    upstream.end(body)
  })
}
