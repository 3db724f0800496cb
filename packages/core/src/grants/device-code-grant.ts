import type { ServerContext } from '../contract/context.ts'
import type { GrantHandler } from '../contract/grant.ts'
import type { TokenRequest } from '../contract/hook-arguments.ts'
import type { DeviceCredential, PollResult } from '../contract/store.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { pollAnswers, slowDownAnswer } from '../errors.ts'
import { type Awaitable, chain, headerValue, type OAuthResponse } from '../http.ts'
import { FloodGuard } from './flood.ts'
import { pollThroughHooks } from './hooked-poll.ts'
import type { Poll } from './poll-request.ts'
import { redeem } from './redeem.ts'
import { replay } from './replayed-code.ts'

/**
 * The device code grant: decides how a poll is answered.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 RFC 8628 section 3.4}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export function deviceCodeGrant<Native>(context: ServerContext<Native>): GrantHandler<Native> {
  const floods = new FloodGuard()
  return {
    parameters: ['device_code', 'matching_number'],
    respond: (tokenRequest) => answerPoll(tokenRequest, floods, context),
  }
}

function answerPoll<Native>(
  tokenRequest: TokenRequest<Native>,
  floods: FloodGuard,
  context: ServerContext<Native>,
): Awaitable<OAuthResponse> {
  return chain(context.hooks.validateTokenRequest(tokenRequest), () => {
    const deviceCode = tokenRequest.parameters.get('device_code') ?? ''
    const style = headerValue(tokenRequest.request.headers, 'authorization') === undefined ? 'form' : 'header'
    const poll: Poll<Native> = { deviceCode, id: hashSecret(deviceCode), style, tokenRequest, context }
    const clientId = tokenRequest.client.client_id
    const now = context.now()
    const floodInterval = floods.interval(poll.id, clientId, now)
    if (floodInterval !== undefined) return slowDownAnswer(floodInterval)
    const found = usesPollHooks(context)
      ? pollThroughHooks(poll)
      : context.store.pollDeviceCredential(poll.id, clientId, now, style)
    return chain(found, (result) => {
      if (result.status === 'slow_down') return slowDown(result.credential, floods, now, context)
      floods.forget(poll.id, clientId)
      if (result.status === 'approved') return redeemOnce(result.credential, poll)
      return answerResult(result, poll)
    })
  })
}

const pollHooks = ['queryDeviceCredential', 'queryUserGrant', 'shouldSlowDown'] as const

function usesPollHooks<Native>({ overridden }: ServerContext<Native>): boolean {
  return overridden.size > 0 && pollHooks.some((name) => overridden.has(name))
}

async function redeemOnce<Native>(credential: DeviceCredential, poll: Poll<Native>): Promise<OAuthResponse> {
  const response = await redeem(credential, poll)
  if (response !== undefined) return response
  // another poll was faster: its outcome is the answer to this one too
  const { context, tokenRequest } = poll
  return answerResult(
    await context.store.pollDeviceCredential(poll.id, tokenRequest.client.client_id, context.now(), poll.style),
    poll,
  )
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5} */
function slowDown<Native>(
  { id, clientId, interval }: DeviceCredential,
  floods: FloodGuard,
  now: number,
  context: ServerContext<Native>,
): OAuthResponse {
  floods.slowedDown(id, clientId, interval, now)
  if (context.events.has('polledTooFast')) {
    context.events.emit('polledTooFast', { at: now, grantId: id, clientId, interval })
  }
  return slowDownAnswer(interval)
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5} */
function answerResult<Native>(result: PollResult, poll: Poll<Native>): Awaitable<OAuthResponse> {
  switch (result.status) {
    case 'unknown':
    case 'revoked':
      return pollAnswers.invalid_grant
    case 'redeemed':
      return replay(result.credential, result.redemption, poll)
    case 'expired': {
      const { context } = poll
      const { id: grantId, clientId } = result.credential
      context.events.emit('expired', { at: context.now(), grantId, clientId })
      return pollAnswers.expired_token
    }
    case 'cancelled':
      return pollAnswers.expired_token
    case 'denied':
      return pollAnswers.access_denied
    default:
      // pending; also approved or redeeming, while another poll is being answered with the tokens
      return pollAnswers.authorization_pending
  }
}
