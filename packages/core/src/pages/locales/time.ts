/** A duration as a number and its unit: seconds below 90 seconds, minutes from there on. */
export function inSecondsOrMinutes(
  seconds: number,
  round: (minutes: number) => number,
): { readonly value: number; readonly unit: 'second' | 'minute' } {
  return seconds < 90 ? { value: seconds, unit: 'second' } : { value: round(seconds / 60), unit: 'minute' }
}

/** Ages below this number of seconds are shown as "just now". */
export const JUST_NOW = 10

/** An age in words: `3 minutes ago`, or the text `justNow` below 10 seconds. */
export function timeAgo(language: string, seconds: number, justNow: string): string {
  if (seconds < JUST_NOW) return justNow
  const { value, unit } = inSecondsOrMinutes(seconds, Math.round)
  return new Intl.RelativeTimeFormat(language).format(-value, unit)
}

/** A waiting time in words, rounded up so that nobody comes back too early: `in 3 minutes`. */
export function timeUntil(language: string, seconds: number): string {
  const { value, unit } = inSecondsOrMinutes(seconds, Math.ceil)
  return new Intl.RelativeTimeFormat(language).format(value, unit)
}
