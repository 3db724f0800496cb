/** One user with one device. */
export interface UserPlan {
  readonly number: number
  /** Seconds from the beginning of the history. */
  readonly startsAt: number
  /** `forgets`: the user never enters the code, so that it expires. */
  readonly decision: 'approves' | 'denies' | 'forgets'
  /** `page`: the built-in page; `api`: the page of an application, which calls `deviceAuth.approve`. */
  readonly by: 'page' | 'api'
  /** Seconds before the user enters the code. */
  readonly thinks: number
  /** Wrong codes that the user types first. */
  readonly mistypes: number
  /** Share of the token responses that do not reach the device. */
  readonly drops: number
  /** Requests for tokens reach two nodes at once, as when a proxy sends them again. */
  readonly doubled: boolean
  /** Seconds between two refreshes. */
  readonly refreshEvery: number
  /** Seconds that the device stays after it has signed in. */
  readonly stays: number
  /** The device revokes its tokens when it leaves. */
  readonly revokes: boolean
}

/** One fault. */
export interface PlannedFault {
  /** The name in the table of faults. */
  readonly fault: string
  /** Seconds from the beginning of the history. */
  readonly at: number
  /** Seconds until it is mended. */
  readonly lasts: number
  /** Chooses the node, or the server of the database. */
  readonly target: number
  /** Chooses what else a fault has to choose, from 0 to 1. */
  readonly strength: number
}

/** All that will happen, drawn from a seed. */
export interface Plan {
  readonly setup: string
  readonly seed: number
  /** Seconds with faults; time to settle follows. */
  readonly seconds: number
  readonly users: readonly UserPlan[]
  readonly faults: readonly PlannedFault[]
}
