/** Why the page asks for a second look. */
export type Warning = 'sameDevice' | 'otherNetwork' | 'otherCountry' | 'old'

/** Why the enter page is shown again. */
export type EnterNotice = 'unknownCode' | 'missingCode' | 'accountChanged'

/** What happened before the page of devices is shown. `gone`: there is no such device. */
export type DevicesNotice = 'renamed' | 'signedOut' | 'signedOutAll' | 'gone' | 'accountChanged'

/** Why an error page is shown. */
export type PageError =
  | 'invalidRequest'
  | 'crossOrigin'
  | 'alreadyAnswered'
  | 'notFound'
  | 'limited'
  | 'refused'
  | 'unavailable'
  | 'failed'
