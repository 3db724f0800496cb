/** The way in which a lure reaches its victims. */
export interface Lure {
  readonly name: string
  /** The header `Sec-Fetch-Site`: the relation of the site that led to the page. */
  readonly from: 'cross-site' | 'none'
  /** `true` if the attacker asks for the code only when the victim clicks. Otherwise the code is in the message. */
  readonly live: boolean
}

export const lures: readonly Lure[] = [
  { name: 'link', from: 'cross-site', live: false },
  { name: 'QR code', from: 'none', live: false },
  { name: 'live relay', from: 'cross-site', live: true },
]

/** A kind of people. The numbers are odds between 0 and 1. */
export interface People {
  readonly name: string
  /** Share of the victims. */
  readonly share: number
  /** Odds to act on the sentence that says to decline if somebody sent the code. */
  readonly heedsSentence: number
  /** Odds to act on each warning, which stands in a box of its own. */
  readonly heedsWarning: number
  /** Odds to stop at each further act that the page asks for: a code to type, a box to tick, a passkey. */
  readonly stopsAtAct: number
}

/** The assumptions about people. docs/security/phishing.md has the reasons. */
export const people: readonly People[] = [
  { name: 'follow the page', share: 0.3, heedsSentence: 1, heedsWarning: 1, stopsAtAct: 0 },
  { name: 'click through everything', share: 0.4, heedsSentence: 0, heedsWarning: 0, stopsAtAct: 0 },
  { name: 'tired', share: 0.3, heedsSentence: 0.2, heedsWarning: 0.4, stopsAtAct: 0.15 },
]

/** Seconds, at most, until a victim opens a message. All times up to it are as likely. */
export const opensWithin = 3600

/** The share of victims who have enrolled a passkey. */
export const havePasskey = 0.6
