import type { PollReport, Warning } from '@device-auth/client'
import type { LoginOptions } from '../options.ts'
import { jsonLine, plain } from '../terminal/plain-text.ts'
import type { Screen } from '../terminal/screen.ts'
import type { Output, Surroundings } from '../terminal/surroundings.ts'
import { instant, timeLeft } from '../terminal/time.ts'
import { type Codes, showCodes } from './code-view.ts'

/** A completed sign-in, as it is reported. */
export interface SignedIn {
  readonly issuer: string
  readonly clientId: string
  readonly account: string | undefined
  readonly scope: string | undefined
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined
  readonly refreshable: boolean
  readonly name: string | undefined
  /** The problems that did not stop the sign-in. */
  readonly warnings: readonly Warning[]
}

/** Reports the progress of a sign-in. */
export interface Reporter {
  /** Shows the codes. This process polls from now on. */
  codes(codes: Codes): Promise<void>
  /** Shows the codes and the id with which `resume` polls in another process. */
  codesForResume(codes: Codes, resumeId: string): Promise<void>
  /** Called before each wait for the next poll. */
  polling(report: PollReport): void
  /** Called when the user pressed Enter, which moved the cursor. */
  enterPressed(): void
  /** Called when the browser was opened, or could not be opened. */
  opened(isOpen: boolean): void
  signedIn(signedIn: SignedIn): void
  close(): void
}

/** Reports to people. On a terminal, the last line counts down the time that is left. Elsewhere that line is printed once for each code. */
class HumanReporter implements Reporter {
  readonly #screen: Screen
  readonly #stdout: Output
  readonly #qr: boolean | undefined
  #invitation: string
  #timer: NodeJS.Timeout | undefined
  #expiresAt = 0
  #note = ''

  /**
   * @param stdout - Receives the id for `resume`.
   * @param invitation - A sentence at the end of the status line. It tells which key opens the browser.
   */
  constructor(screen: Screen, stdout: Output, qr: boolean | undefined, invitation: string) {
    this.#screen = screen
    this.#stdout = stdout
    this.#qr = qr
    this.#invitation = invitation
  }

  async codes(codes: Codes): Promise<void> {
    if (this.#timer !== undefined) this.#screen.line('The code has expired. Here is a new one:\n')
    await showCodes(codes, this.#screen, this.#qr)
    this.#expiresAt = codes.expiresAt
    this.#timer ??= setInterval(() => this.#updateStatus(), 1000)
    if (this.#screen.terminal.live) this.#updateStatus()
    else this.#screen.line(this.#status())
  }

  async codesForResume(codes: Codes, resumeId: string): Promise<void> {
    await showCodes(codes, this.#screen, this.#qr)
    const left = timeLeft(codes.expiresAt, Date.now())
    this.#screen.line(`To finish the sign-in within ${left}, run: device-auth resume ${resumeId}`)
    this.#stdout.write(`${resumeId}\n`)
  }

  polling({ lastError }: PollReport): void {
    const isOffline = lastError !== undefined && lastError !== 'authorization_pending' && lastError !== 'slow_down'
    const note = isOffline ? ' (no connection, trying again)' : ''
    if (note === this.#note) return
    this.#note = note
    if (this.#screen.terminal.live) this.#updateStatus()
    else this.#screen.line(isOffline ? 'No connection, trying again.' : 'The connection is back.')
  }

  enterPressed(): void {
    this.#screen.enterPressed()
    this.#updateStatus()
  }

  opened(isOpen: boolean): void {
    this.#invitation = isOpen ? ' Continue in your browser.' : ' The browser could not be opened.'
    this.#updateStatus()
  }

  signedIn({ name, expiresAt, refreshable, warnings }: SignedIn): void {
    this.#screen.done(name === undefined ? 'Signed in.' : `Signed in. Hello, ${name}!`)
    for (const { message } of warnings) this.#screen.warning(plain(message))
    if (refreshable || expiresAt === undefined) return
    this.#screen.line(
      `  The server gave no refresh token. Sign in again when the token expires, in ${timeLeft(expiresAt, Date.now())}.`,
    )
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#screen.close()
  }

  /** Updates the status line. Does nothing after the end, for example if the browser opens late. */
  #updateStatus(): void {
    if (this.#timer !== undefined) this.#screen.status(this.#status())
  }

  #status(): string {
    return `Waiting for approval, ${timeLeft(this.#expiresAt, Date.now())} left${this.#note}.${this.#invitation}`
  }
}

/** Reports to programs: NDJSON on stdout. */
class JsonReporter implements Reporter {
  readonly #stdout: Output

  constructor(stdout: Output) {
    this.#stdout = stdout
  }

  async codes(codes: Codes): Promise<void> {
    this.#writeCodes(codes, undefined)
  }

  async codesForResume(codes: Codes, resumeId: string): Promise<void> {
    this.#writeCodes(codes, resumeId)
  }

  polling({ attempt, nextPollAt, interval, lastError }: PollReport): void {
    this.#write({ type: 'poll', attempt, next_poll_at: instant(nextPollAt), interval, last_error: lastError })
  }

  enterPressed(): void {}

  opened(): void {}

  signedIn({ issuer, clientId, account, scope, expiresAt, refreshable, name, warnings }: SignedIn): void {
    const token = { scope, expires_at: instant(expiresAt), refreshable }
    const codes = warnings.length === 0 ? undefined : warnings.map(({ code }) => code)
    this.#write({ type: 'signed_in', issuer, client_id: clientId, account, ...token, name, warnings: codes })
  }

  close(): void {}

  #writeCodes(
    { userCode, verificationUri, verificationUriComplete, expiresAt }: Codes,
    resume: string | undefined,
  ): void {
    const uris = { verification_uri: verificationUri, verification_uri_complete: verificationUriComplete }
    this.#write({ type: 'code', user_code: userCode, ...uris, expires_at: instant(expiresAt), resume })
  }

  #write(event: object): void {
    this.#stdout.write(jsonLine(event))
  }
}

/**
 * The reporter that the options ask for.
 *
 * @param opens - True if Enter opens the browser.
 */
export function createReporter(
  { json, qr }: LoginOptions,
  { stdout }: Surroundings,
  screen: Screen,
  opens: boolean,
): Reporter {
  if (json) return new JsonReporter(stdout)
  return new HumanReporter(screen, stdout, qr, opens ? ' Enter opens the browser.' : '')
}
