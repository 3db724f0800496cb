import { Command, InvalidArgumentError, Option } from 'commander'
import type { LogoutOptions } from './commands/logout.ts'
import type { TokenOptions } from './commands/token.ts'
import type { CommonOptions, LoginOptions, ServerOptions } from './options.ts'
import { plainLines } from './terminal/plain-text.ts'
import type { Surroundings } from './terminal/surroundings.ts'
import { version } from './version.ts'

const example = `
Examples:
  device-auth login --provider github --client-id Iv1.8a61f9b3a7aba766
  device-auth login --issuer https://example.com/oauth --client-id tv --scope profile
  curl -H "Authorization: Bearer $(device-auth token)" https://api.example.com/`

const ndjson = 'print NDJSON to stdout: one JSON object per line'

/** The commands and their options. The code of a command is loaded only when it runs, so that the program starts quickly. */
export function createProgram(surroundings: Surroundings): Command {
  const { stdout, stderr } = surroundings
  const program = new Command('device-auth')
    .description(
      'Signs this terminal in with OAuth 2.0 (device authorization grant, RFC 8628) and prints fresh access tokens.',
    )
    .version(version, '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(plainLines(text)) })
    .showHelpAfterError('(--help lists the commands and options)')
    .addHelpText('after', example)
  addSignInCommands(program, surroundings)
  addTokenCommands(program, surroundings)
  return program
}

function addSignInCommands(program: Command, surroundings: Surroundings): void {
  const login = ownerOptions(
    program.command('login').description('show a code, wait until it is approved, save the tokens'),
  )
  waitOptions(requestOptions(login))
    .option('--no-wait', 'show the code and exit; resume finishes the sign-in')
    .option('--renew', 'when the code expires, show a new one, up to three times')
    .option('--interactive', 'wait for approval even where nobody seems to be there (CI, batch jobs, no terminal)')
    .action(async (options: LoginOptions) => (await import('./commands/login.ts')).login(options, surroundings))
  const resume = program.command('resume').description('finish a sign-in that login --no-wait started')
  waitOptions(
    resume.argument('[id]', 'the id that login --no-wait printed; not needed if only one sign-in is pending'),
  ).action(async (id: string | undefined, options: LoginOptions) =>
    (await import('./commands/resume.ts')).resume(id, options, surroundings),
  )
  for (const command of [login, resume]) commonOptions(connectionOptions(command))
}

function addTokenCommands(program: Command, surroundings: Surroundings): void {
  const command = (name: string, description: string): Command => program.command(name).description(description)
  const token = ownerOptions(command('token', 'print a fresh access token and nothing else'))
    .option('--header', 'print it as an Authorization header')
    .option('--proof <request>', "print Authorization and DPoP headers for a request such as 'GET https://...'")
    .option(
      '--narrow <scopes>',
      'exchange it for a token with only these scopes, for a sub-process; may be repeated',
      collect,
    )
    .option('--resource <url>', 'exchange it for a token for this API only; may be repeated', collect)
    .option('--audience <name>', 'the same, where the server knows the API by name; may be repeated', collect)
    .option('--json', 'print it as JSON')
    .action(async (options: TokenOptions) => (await import('./commands/token.ts')).token(options, surroundings))
  const whoami = ownerOptions(command('whoami', 'show who is signed in'))
    .option('--json', 'print everything that the server says about the user, as JSON')
    .action(async (options: ServerOptions) => (await import('./commands/whoami.ts')).whoami(options, surroundings))
  const list = command('list', 'list the saved sign-ins and those that wait for approval')
    .option('--json', ndjson)
    .action(async (options: CommonOptions) => (await import('./commands/list.ts')).list(options, surroundings))
  const logout = ownerOptions(command('logout', 'revoke the tokens and delete them'))
    .option('--all', 'sign out of every sign-in that matches the options')
    .option('--local', 'delete the tokens without revoking them')
    .option('--json', ndjson)
    .action(async (options: LogoutOptions) => (await import('./commands/logout.ts')).logout(options, surroundings))
  const doctor = ownerOptions(command('doctor', 'check the metadata and the answers of a server against the RFCs'))
    .option('--json', ndjson)
    .action(async (options: ServerOptions) => (await import('./commands/doctor.ts')).doctor(options, surroundings))
  for (const subcommand of [token, whoami, logout, doctor]) connectionOptions(subcommand)
  for (const subcommand of [token, whoami, list, logout, doctor]) commonOptions(subcommand)
}

function ownerOptions(command: Command): Command {
  return command
    .addOption(new Option('--issuer <url>', 'issuer URL of the server').env('DEVICE_AUTH_ISSUER'))
    .addOption(
      new Option('--provider <name>', 'known provider, instead of --issuer: github, google, gitlab, ...').env(
        'DEVICE_AUTH_PROVIDER',
      ),
    )
    .addOption(new Option('--client-id <id>', 'client id, as registered at the server').env('DEVICE_AUTH_CLIENT_ID'))
    .addOption(
      new Option('--scope <scopes>', 'scopes to request; may be repeated').argParser(collect).env('DEVICE_AUTH_SCOPE'),
    )
    .addOption(
      new Option('--account <name>', 'any name, to keep several accounts at one server apart').env(
        'DEVICE_AUTH_ACCOUNT',
      ),
    )
}

function requestOptions(command: Command): Command {
  return command
    .option(
      '--parameter <name=value>',
      'extra parameter of the request, such as audience=...; may be repeated',
      collect,
    )
    .option('--device-name [name]', 'tell the server the name of this machine; without a name, its host name')
    .option('--pkce', 'send a code challenge, for servers that require PKCE')
    .option('--dpop', 'bind the tokens to a key (DPoP), kept in the state folder: a token that leaks is worthless')
}

function waitOptions(command: Command): Command {
  return command
    .option('--no-browser', 'do not offer to open a browser')
    .option('--qr', 'always show the QR code, also without colours, where not every phone reads it')
    .option('--no-qr', 'never show the QR code')
    .addOption(new Option('--time-limit <seconds>', 'give up after this time').argParser(positiveSeconds))
    .option('--json', ndjson)
}

function connectionOptions(command: Command): Command {
  const methods = ['basic', 'post']
  return command
    .option('--client-secret-stdin', 'read the client secret from stdin, instead of DEVICE_AUTH_CLIENT_SECRET')
    .addOption(new Option('--client-secret <secret>').hideHelp())
    .addOption(
      new Option(
        '--auth-method <method>',
        'send the client secret in the Authorization header (basic) or in the form (post)',
      )
        .choices(methods)
        .env('DEVICE_AUTH_METHOD'),
    )
    .addOption(
      new Option('--userinfo <url>', 'URL of the userinfo endpoint, which says who is signed in').env(
        'DEVICE_AUTH_USERINFO',
      ),
    )
    .addOption(endpoint('device-authorization', 'DEVICE_AUTH_DEVICE_AUTHORIZATION_ENDPOINT'))
    .addOption(endpoint('token', 'DEVICE_AUTH_TOKEN_ENDPOINT'))
    .addOption(endpoint('revocation', 'DEVICE_AUTH_REVOCATION_ENDPOINT'))
    .option(
      '--dangerously-allow-http',
      'allow http, which sends secrets unencrypted; not needed for servers on this machine',
    )
}

function endpoint(name: string, variable: string): Option {
  return new Option(
    `--${name}-endpoint <url>`,
    `URL of the ${name.replace('-', ' ')} endpoint, if the metadata do not name it`,
  ).env(variable)
}

function commonOptions(command: Command): Command {
  return command
    .addOption(new Option('--state-folder <path>', 'folder of the saved tokens').env('DEVICE_AUTH_STATE_FOLDER'))
    .option('--verbose', 'print each request, without secrets')
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value]
}

function positiveSeconds(value: string): number {
  const seconds = Number(value)
  if (!(seconds > 0)) throw new InvalidArgumentError('It must be a number of seconds above 0.')
  return seconds
}
