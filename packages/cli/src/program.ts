import { Command, InvalidArgumentError, Option } from 'commander'
import type { LoginOptions } from './options.ts'
import type { Surroundings } from './surroundings.ts'

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
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText('after', example)
  loginCommand(program).action(async (options: LoginOptions) => {
    const { login } = await import('./login.ts')
    await login(options, surroundings)
  })
  return program
}

function loginCommand(program: Command): Command {
  const command = program.command('login').description('show a code, wait for its approval, keep the tokens')
  return serverOptions(ownerOptions(command))
    .option('--parameter <name=value>', 'add to the request, as audience=...; repeatable', collect)
    .option('--device-name [name]', 'tell the server what this machine is called; default its host name')
    .option('--pkce', 'send a code challenge, for servers that want one')
    .option('--no-browser', 'do not offer to open a browser')
    .option('--qr', 'show the QR code wherever')
    .option('--no-qr', 'show no QR code')
    .option('--no-wait', 'print what to show, and leave the rest to resume')
    .option('--renew', 'show a new code when one expires, up to three times')
    .addOption(new Option('--time-limit <seconds>', 'give up after that time').argParser(positive))
    .option('--interactive', 'somebody can approve, whatever it looks like (CI)')
    .option('--json', 'NDJSON events on stdout')
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
    .addOption(new Option('--state-folder <path>', 'where tokens are kept').env('DEVICE_AUTH_STATE_FOLDER'))
    .option('--verbose', 'tell of each request, without secrets')
}

function serverOptions(command: Command): Command {
  return command
    .option('--client-secret-stdin', 'read the client secret from stdin; or set DEVICE_AUTH_CLIENT_SECRET')
    .addOption(new Option('--client-secret <secret>').hideHelp())
    .addOption(
      new Option('--auth-method <method>', 'where the secret goes')
        .choices(['basic', 'post'])
        .env('DEVICE_AUTH_METHOD'),
    )
    .addOption(new Option('--userinfo <url>', 'the address that says who signed in').env('DEVICE_AUTH_USERINFO'))
    .option('--dangerously-allow-http', 'send secrets unencrypted; for servers on this machine it is not needed')
}

function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value]
}

function positive(value: string): number {
  const seconds = Number(value)
  if (!(seconds > 0)) throw new InvalidArgumentError('It is a number of seconds.')
  return seconds
}
