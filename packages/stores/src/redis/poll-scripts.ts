// The steps in Lua that pace polls, and the reader of their reply. Redis runs each script as one step. The fields of a credential are
// listed in fields.ts.

import type { PollResult, PollStyle } from '@device-auth/core'
import {
  MAX_INTERVAL,
  POLL_TOLERANCE,
  pollResult,
  SLOW_DOWN_STEP,
  type StoredRecord,
  TOLERATED_SHARE,
  TWIN_WINDOW,
} from '@device-auth/core/stores'
import { LATE_POLL } from '../late-step.ts'
import { pendingRecord, readStyles } from '../record.ts'
import { type FixedDetails, recordFromHash } from './fields.ts'
import { withPrelude } from './prelude.ts'

// what poll and slowDown share
const raising = `
local function isNewBurst(lastSlowedAt)
  return not lastSlowedAt or now - tonumber(lastSlowedAt) >= ${POLL_TOLERANCE}
end
local function raised(seconds) return math.max(seconds, math.min(seconds + ${SLOW_DOWN_STEP}, ${MAX_INTERVAL})) end
`

/**
 * Paces a poll. ARGV: now, client id, style, the time of the server when the node sent it (or ''), call id. Returns nothing when this
 * client has no such credential, a {@link PendingReply} for a pending one, and for any other one two members: all its fields and values in
 * turn, and the time of the poll. The id of the call is kept in the field that the poll changes.
 */
export const poll: string = withPrelude(`${raising}
local clientId, expiresAt, interval, polled, slowed, approved, ended, redeemedAt, createdAt,
  boundSubject, claimedBy, claimedIn, details, styles = unpack(redis.call('HMGET', key,
  'c', 'ea', 'iv', 'lp', 'ls', 'ap', 'x', 'ra', 'ca', 'bs', 'cb', 'ci', 'd', 'li'))
if clientId ~= ARGV[2] then return false end
if approved or ended or redeemedAt or now >= tonumber(expiresAt) then return { redis.call('HGETALL', key), instant } end
-- all polls that a server finds when it wakes arrive at once, so they count from when they were sent
local sentAt = tonumber(ARGV[4])
local isLate = sentAt and sentAt < now - ${LATE_POLL}
if isLate then instant, now = ARGV[4], sentAt end
-- a node that could not ask for the time, because the server did not answer: a poll that may be late is not blamed, and blames no other
local isUndated = ARGV[1] == '' and not sentAt
local lastPolledAt, polledBy, lastSlowedAt, slowedBy, lastPolledIn, styledBy = false, nil, false, nil, false, nil
if polled then lastPolledAt, polledBy = string.match(polled, '^(%d+) ?(.*)$') end
if slowed then lastSlowedAt, slowedBy = string.match(slowed, '^(%d+) ?(.*)$') end
if styles then lastPolledIn, styledBy = string.match(styles, '^(%a+) ?(.*)$') end
local seconds = tonumber(interval)
-- the first poll is on time, and so is one after the clock was set back
local last = tonumber(lastPolledAt or now + 1)
local style, styleBefore = ARGV[3], lastPolledIn or 'form'
-- a call that comes again is answered as before its first execution
if polledBy == callId or styledBy == callId then lastPolledAt = false
elseif slowedBy == callId then lastPolledAt, lastSlowedAt = instant, instant
elseif now < last or now >= last + seconds * 1000 - math.min(${POLL_TOLERANCE}, seconds * ${1000 * TOLERATED_SHARE}) then
  -- a late poll may come behind one that was sent after it, and an undated poll may be late: the first one may be as old as its code
  if not (polled and (isUndated or isLate and now < last)) then
    redis.call('HSET', key, 'lp', (isUndated and createdAt or instant) .. ' ' .. callId)
    if style ~= styleBefore then redis.call('HSET', key, 'li', style) end
  end
elseif style ~= styleBefore and styleBefore ~= 'both' and now < last + ${TWIN_WINDOW} then
  redis.call('HSET', key, 'li', 'both ' .. callId)
elseif isUndated then lastPolledAt = false
elseif isNewBurst(lastSlowedAt) then
  redis.call('HSET', key, 'ls', instant .. ' ' .. callId, 'iv', whole(raised(seconds)))
end
return { expiresAt, interval, lastPolledAt, lastSlowedAt, createdAt, boundSubject, claimedBy, claimedIn, details,
  lastPolledIn, instant }
`)

/** The reply for a pending credential: its fields as they were before the poll, and the time of the poll. */
type PendingReply = readonly [
  expiresAt: string,
  interval: string,
  lastPolledAt: string | null,
  lastSlowedAt: string | null,
  createdAt: string,
  boundSubject: string | null,
  claimedBy: string | null,
  claimedIn: string | null,
  details: string,
  lastPolledIn: string | null,
  polledAt: string,
]

function isPendingReply(reply: readonly unknown[]): reply is PendingReply {
  return reply.length > 2
}

/** The result that a reply of {@link poll} holds, if the client has such a credential. */
export function readPoll(
  id: string,
  clientId: string,
  reply: readonly unknown[],
  style: PollStyle | undefined,
): PollResult {
  return isPendingReply(reply)
    ? pollResult(readPending(id, clientId, reply), Number(reply[10]), style)
    : pollResult(recordFromHash(id, reply[0]), Number(reply[1]), style)
}

function readPending(id: string, clientId: string, reply: PendingReply): StoredRecord {
  const { scope, userCodeHash, requester, bindingMessage, nonce, target } = JSON.parse(reply[8]) as FixedDetails
  return pendingRecord({
    id,
    clientId,
    scope,
    userCodeHash,
    createdAt: Number(reply[4]),
    expiresAt: Number(reply[0]),
    interval: Number(reply[1]),
    lastPolledAt: reply[2] === null ? undefined : Number(reply[2]),
    lastPolledIn: readStyles(reply[9]),
    lastSlowedAt: reply[3] === null ? undefined : Number(reply[3]),
    requester,
    bindingMessage,
    boundSubject: reply[5] ?? undefined,
    claimedBy: reply[6] ?? undefined,
    claimedIn: reply[7] ?? undefined,
    nonce,
    target,
  })
}

/**
 * Raises the interval of a pending credential. ARGV: now, client id, call id. Returns the interval from now on; nothing when this client
 * has no such credential.
 */
export const slowDown: string = withPrelude(`${raising}
local clientId, expiresAt, interval, slowed, approved, ended = read('c', 'ea', 'iv', 'ls', 'ap', 'x')
local lastSlowedAt = string.match(slowed or '', '^%d+')
if clientId ~= ARGV[2] or approved or ended or now >= tonumber(expiresAt) then return false end
if isRepeated() or not isNewBurst(lastSlowedAt) then return interval end
local seconds = whole(raised(tonumber(interval)))
redis.call('HSET', key, 'ls', instant, 'iv', seconds, 'q', callId)
return seconds
`)
