/** A number of seconds, or from a minute and a half on of minutes. */
export function inSecondsOrMinutes(
  seconds: number,
  round: (minutes: number) => number,
): { readonly value: number; readonly unit: 'second' | 'minute' } {
  return seconds < 90 ? { value: seconds, unit: 'second' } : { value: round(seconds / 60), unit: 'minute' }
}

/** Seconds that are as good as none. */
export const JUST_NOW = 10

/** How long ago something was, in words: `just now`, which the language says, or `3 minutes ago`. */
export function timeAgo(language: string, seconds: number, justNow: string): string {
  if (seconds < JUST_NOW) return justNow
  const { value, unit } = inSecondsOrMinutes(seconds, Math.round)
  return new Intl.RelativeTimeFormat(language).format(-value, unit)
}

/** When something will be, in words and never too early: `in 3 minutes`. */
export function timeUntil(language: string, seconds: number): string {
  const { value, unit } = inSecondsOrMinutes(seconds, Math.ceil)
  return new Intl.RelativeTimeFormat(language).format(value, unit)
}
