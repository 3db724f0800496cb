// Programs that tests need and that not every machine has.

interface Installation {
  /** Packages of Debian and Ubuntu that have it. */
  readonly packages?: readonly string[]
  /** The command that installs it, after the packages. */
  readonly command?: string
}

/** The packages of each program that may be missing, with which it is installed. */
export const installations = {
  Redis: { packages: ['redis-server'] },
  PostgreSQL: { packages: ['postgresql'] },
  PgBouncer: { packages: ['pgbouncer'] },
  nginx: { packages: ['nginx-light'] },
  Chromium: { packages: ['chromium'] },
  Authlib: { packages: ['python3-authlib', 'python3-flask'] },
  'MSAL for Python': { packages: ['python3-msal'] },
  gh: { packages: ['gh'] },
  mutt: { packages: ['mutt'] },
  'oidc-agent': { packages: ['oidc-agent-cli'] },
  tmux: { packages: ['tmux'] },
  script: { packages: ['bsdutils'] },
  Deno: { command: 'npm run runtimes' },
  Bun: { command: 'npm run runtimes' },
  'better-sqlite3': { packages: ['build-essential', 'python3'], command: 'npm install' },
} as const satisfies Readonly<Record<string, Installation>>

/** The name of a program that tests need. */
export type Program = keyof typeof installations

/** One command that installs all of these programs. */
export function commandFor(programs: readonly Program[]): string {
  const all: readonly Installation[] = programs.map((program) => installations[program])
  const packages = [...new Set(all.flatMap((each) => each.packages ?? []))]
  const commands = [...new Set(all.flatMap((each) => each.command ?? []))]
  const apt = packages.length > 0 ? [`sudo apt-get install --yes ${packages.join(' ')}`] : []
  return [...apt, ...commands].join(' && ')
}
