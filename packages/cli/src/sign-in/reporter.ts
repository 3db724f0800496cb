import type { PollReport } from '@device-auth/client'
import type { LoginOptions } from '../options.ts'
import { jsonLine } from '../terminal/plain-text.ts'
import type { Screen } from '../terminal/screen.ts'
import type { Output, Surroundings } from '../terminal/surroundings.ts'
import { instant, timeLeft } from '../terminal/time.ts'
import { type Codes, showCodes } from './code-view.ts'

/** Who signed in, to what. */
export interface SignedIn {
  readonly issuer: string
  readonly clientId: string
  readonly account: string | undefined
  readonly scope: string | undefined
  readonly expiresAt: number | undefined
  readonly refreshable: boolean
  readonly name: string | undefined
}

/** Tells how a sign-in goes. */
export interface Reporter {
  /** Shows the codes; they are waited for from now on. */
  codes(codes: Codes): Promise<void>
  /** Shows the codes; another process waits for them. */
  left(codes: Codes, resumeId: string): Promise<void>
  /** Before each wait for a poll. */
  polling(report: PollReport): void
  /** Enter moved the cursor. */
  enterPressed(): void
  /** The browser was opened, or not. */
  opened(isOpen: boolean): void
  signedIn(signedIn: SignedIn): void
  close(): void
}

/** For people. The last line counts down where it can, and says once what it waits for elsewhere. */
export class HumanReporter implements Reporter {
  readonly #screen: Screen
  readonly #stdout: Output
  readonly #qr: boolean | undefined
  #invitation: string
  #timer: NodeJS.Timeout | undefined
  #expiresAt = 0
  #note = ''

  /** @param stdout - Where the id of a sign-in that is left goes. @param invitation - What can be pressed. */
  constructor(screen: Screen, stdout: Output, qr: boolean | undefined, invitation: string) {
    this.#screen = screen
    this.#stdout = stdout
    this.#qr = qr
    this.#invitation = invitation
  }

  async codes(codes: Codes): Promise<void> {
    if (this.#timer !== undefined) this.#screen.line('The code has expired. This one is new:\n')
    await showCodes(codes, this.#screen, this.#qr)
    this.#expiresAt = codes.expiresAt
    this.#timer ??= setInterval(() => this.#count(), 1000)
    if (this.#screen.terminal.live) this.#count()
    else this.#screen.line(this.#status())
  }

  async left(codes: Codes, resumeId: string): Promise<void> {
    await showCodes(codes, this.#screen, this.#qr)
    const left = timeLeft(codes.expiresAt, Date.now())
    this.#screen.line(`Within ${left}, go on by: device-auth resume ${resumeId}`)
    this.#stdout.write(`${resumeId}\n`)
  }

  polling({ lastError }: PollReport): void {
    const isAway = lastError !== undefined && lastError !== 'authorization_pending' && lastError !== 'slow_down'
    const note = isAway ? ' (no connection, trying again)' : ''
    if (note === this.#note) return
    this.#note = note
    if (this.#screen.terminal.live) this.#count()
    else this.#screen.line(isAway ? 'No connection, trying again.' : 'The connection is back.')
  }

  enterPressed(): void {
    this.#screen.enterPressed()
    this.#count()
  }

  opened(isOpen: boolean): void {
    this.#invitation = isOpen ? ' Look into your browser.' : ' No browser could be opened.'
    this.#count()
  }

  signedIn({ name, expiresAt, refreshable }: SignedIn): void {
    this.#screen.done(name === undefined ? 'Signed in.' : `Signed in. Hello, ${name}!`)
    if (refreshable || expiresAt === undefined) return
    this.#screen.line(`  The server gave no refresh token: sign in again in ${timeLeft(expiresAt, Date.now())}.`)
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#screen.close()
  }

  /** Not after the end, as when a browser is slow to open. */
  #count(): void {
    if (this.#timer !== undefined) this.#screen.status(this.#status())
  }

  #status(): string {
    return `Waiting for approval, ${timeLeft(this.#expiresAt, Date.now())} left${this.#note}.${this.#invitation}`
  }
}

/** For programs: NDJSON on stdout. */
export class JsonReporter implements Reporter {
  readonly #stdout: Output

  constructor(stdout: Output) {
    this.#stdout = stdout
  }

  async codes(codes: Codes): Promise<void> {
    this.#code(codes, undefined)
  }

  async left(codes: Codes, resumeId: string): Promise<void> {
    this.#code(codes, resumeId)
  }

  polling({ attempt, nextPollAt, interval, lastError }: PollReport): void {
    this.#tell({ type: 'poll', attempt, next_poll_at: instant(nextPollAt), interval, last_error: lastError })
  }

  enterPressed(): void {}

  opened(): void {}

  signedIn({ issuer, clientId, account, scope, expiresAt, refreshable, name }: SignedIn): void {
    const token = { scope, expires_at: instant(expiresAt), refreshable }
    this.#tell({ type: 'signed_in', issuer, client_id: clientId, account, ...token, name })
  }

  close(): void {}

  #code({ userCode, verificationUri, verificationUriComplete, expiresAt }: Codes, resume: string | undefined): void {
    const uris = { verification_uri: verificationUri, verification_uri_complete: verificationUriComplete }
    this.#tell({ type: 'code', user_code: userCode, ...uris, expires_at: instant(expiresAt), resume })
  }

  #tell(event: object): void {
    this.#stdout.write(jsonLine(event))
  }
}

/** The one that the options ask for. @param opens - Whether Enter opens the browser. */
export function createReporter(
  { json, qr }: LoginOptions,
  { stdout }: Surroundings,
  screen: Screen,
  opens: boolean,
): Reporter {
  if (json) return new JsonReporter(stdout)
  return new HumanReporter(screen, stdout, qr, opens ? ' Enter opens the browser.' : '')
}
