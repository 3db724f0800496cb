import { isOtherDevice } from '../clients/attestation.ts'
import type { ServerContext } from '../contract/context.ts'
import type { GrantHandler } from '../contract/grant.ts'
import type { TokenRequest } from '../contract/hook-arguments.ts'
import type { DeviceCredential, PollResult } from '../contract/store.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { pollAnswers, slowDownAnswer } from '../errors.ts'
import { type Awaitable, chain, headerValue, type OAuthResponse } from '../http.ts'
import { detailParameters } from '../policy/authorization-details.ts'
import { requireWithin } from '../policy/token-target.ts'
import { isVerified } from '../tokens/code-challenge.ts'
import { FloodGuard } from './flood.ts'
import { arrivedNow, createHeldPolls, type HeldPolls, withAppliedWait } from './held-polls.ts'
import { pollThroughHooks, usesPollHooks } from './hooked-poll.ts'
import type { Poll } from './poll-request.ts'
import { preferredWait } from './prefer.ts'
import { redeem } from './redeem.ts'
import { replay } from './replayed-code.ts'

/**
 * The device code grant: decides how a poll is answered.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 RFC 8628 section 3.4}
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5}
 */
export function deviceCodeGrant<Native>(context: ServerContext<Native>): GrantHandler<Native> {
  const grant: Grant<Native> = { context, floods: new FloodGuard(), heldPolls: createHeldPolls(context) }
  return {
    parameters: ['device_code', 'matching_number', 'code_verifier', ...detailParameters(context)],
    boundParameter: 'device_code',
    respond: (tokenRequest) => answerPoll(tokenRequest, grant),
  }
}

/** The parts of the grant of one server. */
interface Grant<Native> {
  readonly context: ServerContext<Native>
  readonly floods: FloodGuard
  readonly heldPolls: HeldPolls<Native> | undefined
}

function answerPoll<Native>(tokenRequest: TokenRequest<Native>, grant: Grant<Native>): Awaitable<OAuthResponse> {
  const { context, floods, heldPolls } = grant
  return chain(context.hooks.validateTokenRequest(tokenRequest), () => {
    const { headers } = tokenRequest.request
    const { parameters } = tokenRequest
    const deviceCode = parameters.get('device_code') ?? ''
    // before the store is asked: a wrong verifier is no poll
    if (!isVerified(deviceCode, parameters.get('code_verifier'))) return pollAnswers.invalid_grant
    const style = headerValue(headers, 'authorization') === undefined ? 'form' : 'header'
    const poll: Poll<Native> = { deviceCode, id: hashSecret(deviceCode), style, tokenRequest, context }
    const floodInterval = floods.interval(poll.id, tokenRequest.client.client_id, context.now())
    if (floodInterval !== undefined) return slowDownAnswer(floodInterval)
    const seconds = heldPolls && preferredWait(headers)
    if (heldPolls !== undefined && seconds !== undefined) {
      return answerHeldPoll(poll, Math.min(seconds, heldPolls.maxWait), heldPolls, grant)
    }
    return chain(askStore(poll), (result) => answerResult(result, poll, grant))
  })
}

function askStore<Native>(poll: Poll<Native>): Awaitable<PollResult> {
  const { id, style, tokenRequest, context } = poll
  if (usesPollHooks(context)) return pollThroughHooks(poll)
  return context.store.pollDeviceCredential(id, tokenRequest.client.client_id, context.now(), style)
}

/**
 * The answer to a poll that asks to wait for the decision.
 *
 * @param seconds - The longest wait.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7240#section-4.3 RFC 7240 section 4.3}
 */
async function answerHeldPoll<Native>(
  poll: Poll<Native>,
  seconds: number,
  heldPolls: HeldPolls<Native>,
  grant: Grant<Native>,
): Promise<OAuthResponse> {
  const { result, held } = await heldPolls.hold(poll, seconds, askStore)
  if (!held) return answerResult(result, poll, grant)
  return withAppliedWait(await answerResult(result, arrivedNow(poll), grant), seconds)
}

function answerResult<Native>(
  result: PollResult,
  poll: Poll<Native>,
  { floods, context }: Grant<Native>,
): Awaitable<OAuthResponse> {
  if (result.status === 'slow_down') return slowDown(result.credential, floods, context)
  floods.forget(poll.id, poll.tokenRequest.client.client_id)
  if ('credential' in result && isOtherDevice(result.credential.requester, poll.tokenRequest.request))
    return pollAnswers.invalid_grant
  // a client that asks for too much hears of it before the user has taken the trouble to approve
  if (result.status === 'pending') requireWithin(result.credential.target, poll.tokenRequest, context)
  return result.status === 'approved' ? redeemOnce(result.credential, poll) : answerStatus(result, poll)
}

async function redeemOnce<Native>(credential: DeviceCredential, poll: Poll<Native>): Promise<OAuthResponse> {
  const response = await redeem(credential, poll)
  if (response !== undefined) return response
  // another poll was faster: its outcome is the answer to this one too
  const { context, tokenRequest } = poll
  return answerStatus(
    await context.store.pollDeviceCredential(poll.id, tokenRequest.client.client_id, context.now(), poll.style),
    poll,
  )
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5} */
function slowDown<Native>(
  { id, clientId, interval }: DeviceCredential,
  floods: FloodGuard,
  context: ServerContext<Native>,
): OAuthResponse {
  const now = context.now()
  floods.slowedDown(id, clientId, interval, now)
  if (context.events.has('polledTooFast')) {
    context.events.emit('polledTooFast', { at: now, grantId: id, clientId, interval })
  }
  return slowDownAnswer(interval)
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.5 RFC 8628 section 3.5} */
function answerStatus<Native>(result: PollResult, poll: Poll<Native>): Awaitable<OAuthResponse> {
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
