/**
 * The demands of a resource on the log-in of the user who approved the device. A token that does not meet them is answered 401 with
 * `insufficient_user_authentication`, for which the client signs the user in anew.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9470#section-3 RFC 9470 section 3}
 */
export interface LogInDemands {
  /** The classes of log-in (`acr`) of which the token must have one, the preferred one first: space-delimited, or a list. Default: any. */
  readonly acrValues?: string | readonly string[]
  /** The seconds that may have passed since the log-in. A token that does not say its time is refused. Default: any. */
  readonly maxAge?: number
}

/** The log-in that a token tells of. */
export interface KnownLogIn {
  /** Epoch milliseconds. */
  readonly time?: number | undefined
  /** The class of the log-in. */
  readonly acr?: string | undefined
}

/**
 * True if the log-in that a token tells of meets the demands. Times count in whole seconds.
 *
 * @param now - Epoch milliseconds.
 */
export function meetsDemands(logIn: KnownLogIn | undefined, { acrValues, maxAge }: LogInDemands, now: number): boolean {
  if (isGiven(acrValues) && !namesOf(acrValues).includes(logIn?.acr ?? '')) return false
  if (!isGiven(maxAge)) return true
  return logIn?.time !== undefined && seconds(now) - seconds(logIn.time) <= maxAge
}

/**
 * The demands as parameters of a challenge.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9470#section-3 RFC 9470 section 3}
 */
export function demandParameters({ acrValues, maxAge }: LogInDemands): readonly string[] {
  return [
    ...(isGiven(acrValues) ? [`acr_values="${namesOf(acrValues).join(' ')}"`] : []),
    ...(isGiven(maxAge) ? [`max_age="${maxAge}"`] : []),
  ]
}

/** `null` counts as not given, as with the other options of a guard. */
function isGiven<Value>(value: Value | undefined): value is NonNullable<Value> {
  return value !== undefined && value !== null
}

function namesOf(acrValues: string | readonly string[]): readonly string[] {
  return typeof acrValues === 'string' ? acrValues.split(' ').filter((one) => one !== '') : acrValues
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}
