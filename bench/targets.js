// The bounds that the project has set itself, as data. Figures of servers are ratios to another server; others are absolute.
// `missed` says why a figure is beyond its bound, so that nobody has to guess; it is printed only where that is so.

const noHotSpot =
  'no hot spot is left in the profile: the seal of the copy, the HMAC of the user code, two hashes, five budgets, and the steps between them'

export const targets = [
  { bench: 'poll', figure: 'poll', of: 'node', to: 'bare', atMost: 1.25 },
  { bench: 'poll', figure: 'poll', of: 'express5', to: 'express5-lean', atMost: 1.1 },
  { bench: 'poll', figure: 'poll', of: 'koa', to: 'koa-lean', atMost: 1.15 },
  { bench: 'poll', figure: 'poll', of: 'fastify', to: 'fastify-lean', atMost: 1.11 },
  { bench: 'poll', figure: 'poll', of: 'nest', to: 'nest-usual', atMost: 1 },
  { bench: 'flow', figure: 'flow', of: 'node', to: 'bare', atMost: 2, missed: noHotSpot },
  { bench: 'flow', figure: 'flow', of: 'express5', to: 'express5-lean', atMost: 1.2, missed: noHotSpot },
  { bench: 'pending', figure: 'heap', of: 'node', unit: 'bytes', atMost: 450 },
  { bench: 'pending', figure: 'rss', of: 'node', unit: 'bytes', atMost: 900 },
  { bench: 'sweep', figure: 'stall', of: 'requests that remove a few each', unit: 'ms', atMost: 5 },
  { bench: 'trips', figure: 'typed code', of: 'redis', unit: 'round trips', atMost: 4 },
  { bench: 'trips', figure: 'decision', of: 'redis', unit: 'round trips', atMost: 4 },
  {
    bench: 'trips',
    figure: 'redemption',
    of: 'redis',
    unit: 'round trips',
    atMost: 1,
    missed: 'the poll that finds the approval, and the redemption with its tokens: hooks run between them',
  },
]
