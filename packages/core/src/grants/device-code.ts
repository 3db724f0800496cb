import type { ServerContext } from '../contract/context.ts'
import type { GrantHandler } from '../contract/grant.ts'
import type { TokenRequest } from '../contract/hooks.ts'
import type { DeviceCredential, PollResult } from '../contract/store.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { pollAnswers, slowDownAnswer } from '../errors.ts'
import { isTransient, OperationFailure } from '../guard.ts'
import { type Awaitable, chain, isThenable, type OAuthResponse } from '../http.ts'
import { FloodGuard } from './flood.ts'
import { pollThroughHooks } from './hooked-poll.ts'
import { redeem } from './redeem.ts'
import { replay } from './replay.ts'

/**
 * The device code grant: what a poll is answered.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.4 RFC 8628 sections 3.4 and 3.5}
 */
export function deviceCodeGrant<Native>(context: ServerContext<Native>): GrantHandler<Native> {
  const floods = new FloodGuard()
  return {
    parameters: ['device_code', 'matching_number'],
    handle(tokenRequest) {
      const onFailure = (error: unknown): OAuthResponse => answerFailure(error, tokenRequest, context)
      try {
        const response = poll(tokenRequest, floods, context)
        return isThenable(response) ? response.then(undefined, onFailure) : response
      } catch (error) {
        return onFailure(error)
      }
    },
  }
}

/** Nearly every client ends the sign-in on a single 5xx, so a store that fails is a user who has not answered yet. */
function answerFailure<Native>(
  error: unknown,
  { request }: TokenRequest<Native>,
  context: ServerContext<Native>,
): OAuthResponse {
  if (context.options.onStoreFailure === 'unavailable' || !isTransient(error)) throw error
  context.fail(error instanceof OperationFailure ? error.operation : 'token', error, {
    endpoint: 'token',
    native: request.native,
  })
  return pollAnswers.authorization_pending
}

const pollHooks = ['queryDeviceCredential', 'queryUserGrant', 'shouldSlowDown'] as const

function poll<Native>(
  tokenRequest: TokenRequest<Native>,
  floods: FloodGuard,
  context: ServerContext<Native>,
): Awaitable<OAuthResponse> {
  return chain(context.hooks.validateTokenRequest(tokenRequest), () => {
    const deviceCode = tokenRequest.parameters.get('device_code') ?? ''
    const id = hashSecret(deviceCode)
    const clientId = tokenRequest.client.client_id
    const now = context.now()
    const flooded = floods.interval(id, clientId, now)
    if (flooded !== undefined) return slowDownAnswer(flooded)
    const hooked = context.overridden.size > 0 && pollHooks.some((name) => context.overridden.has(name))
    const found = hooked
      ? pollThroughHooks(id, deviceCode, tokenRequest, context)
      : context.store.pollDeviceCredential(id, clientId, now)
    return chain(found, (result) => {
      if (result.status === 'slow_down') return slowDown(result.credential, floods, now, context)
      floods.forget(id, clientId)
      if (result.status === 'approved') return redeemOnce(result.credential, deviceCode, tokenRequest, context)
      return answer(result, deviceCode, context)
    })
  })
}

async function redeemOnce<Native>(
  credential: DeviceCredential,
  deviceCode: string,
  tokenRequest: TokenRequest<Native>,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  const response = await redeem(credential, deviceCode, tokenRequest, context)
  if (response !== undefined) return response
  // another poll was faster: whatever it made of the code is the answer to this one too
  const { client } = tokenRequest
  return answer(
    await context.store.pollDeviceCredential(credential.id, client.client_id, context.now()),
    deviceCode,
    context,
  )
}

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

/** In the order of the states: redeemed, expired, denied, approved, pending. */
function answer<Native>(
  result: PollResult,
  deviceCode: string,
  context: ServerContext<Native>,
): Awaitable<OAuthResponse> {
  switch (result.status) {
    case 'unknown':
    case 'revoked':
      return pollAnswers.invalid_grant
    case 'redeemed':
      return replay(result.credential, result.redemption, deviceCode, context)
    case 'expired': {
      const { id: grantId, clientId } = result.credential
      context.events.emit('expired', { at: context.now(), grantId, clientId })
      return pollAnswers.expired_token
    }
    case 'cancelled':
      return pollAnswers.expired_token
    case 'denied':
      return pollAnswers.access_denied
    default:
      // also while another poll is being answered with the tokens
      return pollAnswers.authorization_pending
  }
}
