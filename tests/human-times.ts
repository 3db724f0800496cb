/**
 * The seconds that one step takes a person, from the literature that docs/security/twenty-seconds.md names. Reading: 238 words a minute, of
 * 4.6 letters each.
 */
const seconds = {
  read: 60 / (238 * 4.6),
  // twice as fast: to look through a list, and stop at what is odd
  scan: 30 / (238 * 4.6),
  think: 1.35,
  point: 1.1,
  press: 0.2,
  key: 0.5,
  finger: 1,
  response: 0.2,
} as const

/** A step; `read` and `scan` are for each letter, `key` is for each key. */
export type HumanStep = keyof typeof seconds

/** A person who does one thing after the other. */
export interface Person {
  /** Takes the time of a step. */
  take(step: HumanStep, times?: number): void
  /** The time of one kind of step until now, or of all of them. */
  spent(step?: HumanStep): number
}

export function createPerson(): Person {
  const counts = new Map<HumanStep, number>()
  const spent: Person['spent'] = (step) => {
    const steps = step === undefined ? [...counts.keys()] : [step]
    return steps.reduce((sum, one) => sum + seconds[one] * (counts.get(one) ?? 0), 0)
  }
  return {
    take: (step, times = 1) => void counts.set(step, (counts.get(step) ?? 0) + times),
    spent,
  }
}

/** The letters and digits of a text. */
export function lettersOf(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0
}
