import { Command, InvalidArgumentError, Option } from 'commander'
import type { LogoutOptions } from './commands/logout.ts'
import type { TokenOptions } from './commands/token.ts'
import type { CommonOptions, LoginOptions, ServerOptions } from './options.ts'
import type { Surroundings } from './terminal/surroundings.ts'
import { version } from './version.ts'

const example = `
Examples:
  device-auth login --provider github --client-id Iv1.8a61f9b3a7aba766
  device-auth login --issuer https://example.com/oauth --client-id cli --scope "profile offline_access"
  curl -H "Authorization: Bearer $(device-auth token)" https://api.example.com/`

/** The commands and their options. Each is loaded when it runs, so that a start stays quick. */
export function createProgram(surroundings: Surroundings): Command {
  const { stdout, stderr } = surroundings
  const program = new Command('device-auth')
    .description('Signs this terminal in with OAuth 2.0 (RFC 8628), and hands out fresh tokens.')
    .version(version, '-V, --version', 'say which version this is')
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText('after', example)
  addSignIn(program, surroundings)
  addUse(program, surroundings)
  return program
}

function addSignIn(program: Command, surroundings: Surroundings): void {
  const login = ownerOptions(
    program.command('login').description('show a code, wait for its approval, keep the tokens'),
  )
  waitOptions(requestOptions(login))
    .option('--no-wait', 'print what to show, and leave the rest to resume')
    .option('--renew', 'show a new code when one expires, up to three times')
    .option('--interactive', 'somebody can approve, whatever it looks like (CI)')
    .action(async (options: LoginOptions) => (await import('./commands/login.ts')).login(options, surroundings))
  const resume = program.command('resume').description('wait for what login --no-wait has begun')
  waitOptions(resume.argument('[id]', 'as --no-wait has printed it; default the only one')).action(
    async (id: string | undefined, options: LoginOptions) =>
      (await import('./commands/resume.ts')).resume(id, options, surroundings),
  )
  for (const command of [login, resume]) commonOptions(connectionOptions(command))
}

function addUse(program: Command, surroundings: Surroundings): void {
  const command = (name: string, description: string): Command => program.command(name).description(description)
  const token = ownerOptions(command('token', 'print a fresh access token, alone'))
    .option('--header', 'print it as an Authorization header')
    .option('--json', 'print it as JSON')
    .action(async (options: TokenOptions) => (await import('./commands/token.ts')).token(options, surroundings))
  const whoami = ownerOptions(command('whoami', 'say who is signed in'))
    .option('--json', 'print all that is known as JSON')
    .action(async (options: ServerOptions) => (await import('./commands/whoami.ts')).whoami(options, surroundings))
  const list = command('list', 'say what is signed in, and what waits for approval')
    .option('--json', 'NDJSON')
    .action(async (options: CommonOptions) => (await import('./commands/list.ts')).list(options, surroundings))
  const logout = ownerOptions(command('logout', 'revoke the tokens, and forget them'))
    .option('--all', 'of all sign-ins that fit')
    .option('--local', 'forget them only')
    .option('--json', 'NDJSON events on stdout')
    .action(async (options: LogoutOptions) => (await import('./commands/logout.ts')).logout(options, surroundings))
  const doctor = ownerOptions(command('doctor', 'examine a server: what it says of itself, and how it answers'))
    .option('--json', 'NDJSON')
    .action(async (options: ServerOptions) => (await import('./commands/doctor.ts')).doctor(options, surroundings))
  for (const one of [token, whoami, logout, doctor]) connectionOptions(one)
  for (const one of [token, whoami, list, logout, doctor]) commonOptions(one)
}

function ownerOptions(command: Command): Command {
  return command
    .addOption(new Option('--issuer <url>', 'the server').env('DEVICE_AUTH_ISSUER'))
    .addOption(new Option('--provider <name>', 'a known one: github, google, gitlab, ...').env('DEVICE_AUTH_PROVIDER'))
    .addOption(new Option('--client-id <id>', 'as the server has registered it').env('DEVICE_AUTH_CLIENT_ID'))
    .addOption(
      new Option('--scope <scopes>', 'what is asked for; repeatable').argParser(collect).env('DEVICE_AUTH_SCOPE'),
    )
    .addOption(new Option('--account <name>', 'tells several people at one server apart').env('DEVICE_AUTH_ACCOUNT'))
}

function requestOptions(command: Command): Command {
  return command
    .option('--parameter <name=value>', 'add to the request, as audience=...; repeatable', collect)
    .option('--device-name [name]', 'tell the server what this machine is called; default its host name')
    .option('--pkce', 'send a code challenge, for servers that want one')
}

function waitOptions(command: Command): Command {
  return command
    .option('--no-browser', 'do not offer to open a browser')
    .option('--qr', 'show the QR code wherever')
    .option('--no-qr', 'show no QR code')
    .addOption(new Option('--time-limit <seconds>', 'give up after that time').argParser(positive))
    .option('--json', 'NDJSON events on stdout')
}

function connectionOptions(command: Command): Command {
  const methods = ['basic', 'post']
  return command
    .option('--client-secret-stdin', 'read the client secret from stdin; or set DEVICE_AUTH_CLIENT_SECRET')
    .addOption(new Option('--client-secret <secret>').hideHelp())
    .addOption(new Option('--auth-method <method>', 'where it goes').choices(methods).env('DEVICE_AUTH_METHOD'))
    .addOption(new Option('--userinfo <url>', 'the address that says who signed in').env('DEVICE_AUTH_USERINFO'))
    .option('--dangerously-allow-http', 'send secrets unencrypted; for servers on this machine it is not needed')
}

function commonOptions(command: Command): Command {
  return command
    .addOption(new Option('--state-folder <path>', 'where tokens are kept').env('DEVICE_AUTH_STATE_FOLDER'))
    .option('--verbose', 'tell of each request, without secrets')
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

function positive(value: string): number {
  const seconds = Number(value)
  if (!(seconds > 0)) throw new InvalidArgumentError('It is a number of seconds.')
  return seconds
}
