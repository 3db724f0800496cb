/**
 * A time for programs, as ISO 8601.
 *
 * @param at - Epoch milliseconds.
 */
export function instant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString()
}

/**
 * The time until `expiresAt` for people: `9:59` or `1:00:00`.
 *
 * @param expiresAt - Epoch milliseconds, like `now`.
 */
export function timeLeft(expiresAt: number, now: number): string {
  const seconds = Math.max(0, Math.round((expiresAt - now) / 1000))
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const rest = String(seconds % 60).padStart(2, '0')
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`
}
