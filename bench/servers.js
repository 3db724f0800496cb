// The servers that are compared. A module of servers/ has a function for each kind: `lean` is the least that a handler can
// do in its framework, `usual` has its body parser and its JSON reply, and `ours` is the adapter.

const frameworks = [
  ['express4', 'Express 4'],
  ['express5', 'Express 5'],
  ['koa', 'Koa 3'],
  ['fastify', 'Fastify 5'],
  ['nest', 'Nest 12'],
]
const kinds = [
  ['lean', 'lean'],
  ['usual', 'usual'],
  ['ours', 'Device Auth'],
]

/**
 * `pending` is the number of codes that are polled, if it is not the one of the bench. `share` is the part of the requests of a turn that
 * is enough for a slow server: the whole would take it a minute.
 */
export const servers = [
  { name: 'bare', title: 'node:http, bare', module: 'node', kind: 'lean' },
  { name: 'node', title: 'node:http, Device Auth', module: 'node', kind: 'ours' },
  ...frameworks.flatMap(([module, title]) =>
    kinds.map(([kind, text]) => ({
      name: kind === 'ours' ? module : `${module}-${kind}`,
      title: `${title}, ${text}`,
      module,
      kind,
    })),
  ),
  { name: 'oidc-provider', title: 'oidc-provider', module: 'oidc-provider', kind: 'start', wire: 'oidcProvider' },
  {
    name: 'better-auth',
    title: 'better-auth, SQLite',
    module: 'better-auth',
    kind: 'start',
    wire: 'betterAuth',
    pending: 2000,
    share: 0.2,
  },
  { name: 'authlib', title: 'Authlib, Flask', module: 'authlib', kind: 'start', share: 0.2 },
]
