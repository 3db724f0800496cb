/**
 * Seconds until an access token is "about to expire", by the rules of QAbstractOAuth2.
 *
 * A lead time of 0, or one as long as the token lives, means 5 % of what remains, and at least 10 seconds. A wait that comes out under 10
 * seconds is none at all when the application has just set the lead time, and otherwise at least 2: tokens of a few seconds must not make
 * a storm of refreshes.
 *
 * @param remaining - Seconds that the token lives.
 * @param leadTime - Seconds.
 */
export function refreshWait(remaining: number, leadTime: number, isLeadTimeNew: boolean): number {
  const lead = leadTime <= 0 || leadTime >= remaining ? Math.max(10, remaining * 0.05) : leadTime
  const wait = remaining - lead
  if (wait >= 10) return wait
  return isLeadTimeNew ? 0 : Math.max(wait, 2)
}
