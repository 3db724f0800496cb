// The bounds that the project has set itself, as data. Figures of servers are ratios to another server; others are absolute.
// `missed` says why a figure is beyond its bound, so that nobody has to guess; it is printed only where that is so.

/** The profile of 2026-11-27, and the ratios of that day, on a machine that was twice as slow in some hours as in others. */
const profileOfFlow =
  'no hot spot is left. In a profile of 50,000 sign-ins on node:http, the bare handler took 425 µs each and ours 597. Ours has 168 of its own (budgets, records, promises; no function above 18), 57 for hashes and ciphers, and 60 more than the bare one for longer responses and garbage collection; it takes less for random bytes. The ratio depends on the hour: 1.6 to 2.2, and under Express 1.2 to 1.5'
const profileUnderExpress = `${profileOfFlow}. What ours has of its own is more than a fifth of what the lean handler of Express takes`

export const targets = [
  { bench: 'poll', figure: 'poll', of: 'node', to: 'bare', atMost: 1.25 },
  { bench: 'poll', figure: 'poll', of: 'express5', to: 'express5-lean', atMost: 1.1 },
  { bench: 'poll', figure: 'poll', of: 'koa', to: 'koa-lean', atMost: 1.15 },
  { bench: 'poll', figure: 'poll', of: 'fastify', to: 'fastify-lean', atMost: 1.11 },
  { bench: 'poll', figure: 'poll', of: 'nest', to: 'nest-usual', atMost: 1 },
  { bench: 'flow', figure: 'flow', of: 'node', to: 'bare', atMost: 2, missed: profileOfFlow },
  { bench: 'flow', figure: 'flow', of: 'express5', to: 'express5-lean', atMost: 1.2, missed: profileUnderExpress },
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
    missed:
      'the first trip is the poll, which finds the approval; the second stores the tokens. Both cannot be one: isUserActive, beforeIssue and generateToken may refuse or ask other systems, and need the approved grant, which only the poll can read; a script that redeems at the poll would end the code before the application has agreed',
  },
]
