import type { IncomingMessage, RequestListener } from 'node:http'
import { describe, test } from 'vitest'
import { toNodeHandler } from '../../src/adapters/node-handler.ts'
import { adapterContract } from '../../src/testing/adapter-contract/contract.ts'
import type { MountAdapter } from '../../src/testing/adapter-contract/scene.ts'

/** An application in front that sets a cookie. */
function withCookie(cookie: string | undefined, listener: RequestListener): RequestListener {
  return (req, res) => {
    if (cookie !== undefined) res.setHeader('Set-Cookie', cookie)
    listener(req, res)
  }
}

const mountings: readonly { name: string; prefix: string; mount: MountAdapter<IncomingMessage> }[] = [
  {
    name: 'toNodeHandler at the root',
    prefix: '',
    mount: (deviceAuth, cookie) => withCookie(cookie, toNodeHandler(deviceAuth)),
  },
  {
    name: 'toNodeHandler under a prefix',
    prefix: '/oauth',
    mount: (deviceAuth, cookie) => withCookie(cookie, toNodeHandler(deviceAuth, undefined, { prefix: '/oauth/' })),
  },
  {
    // as Connect does it: strips the mount point, and hands over `next`
    name: 'toNodeHandler as middleware',
    prefix: '/auth',
    mount: (deviceAuth, cookie) => {
      const handler = toNodeHandler(deviceAuth)
      return withCookie(cookie, (req, res) => {
        req.url = req.url?.replace(/^(http:\/\/[^/]*)?\/auth/, '$1')
        handler(req, res, (error) => res.writeHead(error === undefined ? 404 : 500).end())
      })
    },
  },
]

describe.each(mountings)('$name', ({ prefix, mount }) => {
  for (const { name, run } of adapterContract(mount, { prefix, atRoot: prefix === '/oauth' })) test(name, run)
})
