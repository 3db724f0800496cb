import { OptionError } from '../checks.ts'
import type { ServerContext } from '../contract/context.ts'
import type { Decision } from '../contract/device-auth.ts'
import type { LongPolling } from '../contract/limits.ts'
import type { DeviceCredential } from '../contract/store.ts'
import { OAuthError } from '../errors.ts'
import { beginHeldWait, mayHaveChanged, waitForNews } from '../grants/held-wait.ts'
import { usesPollHooks } from '../grants/hooked-poll.ts'
import { type Endpoint, headerValue, type OAuthRequest, type OAuthResponse } from '../http.ts'
import { credentialId, readDecision } from '../verification/wait-for-decision.ts'
import { jsonEndpoint } from './respond.ts'

/** The id of the event, which an EventSource sends back as `Last-Event-ID` when it comes again. */
const eventId = 'decided'

/** Milliseconds until an EventSource comes again that has been held for an interval or longer. */
const SOON = 100

/**
 * The events for a device that is a web page. A request is held as a poll is, and answered in one piece: with the event, or with
 * the time after which the EventSource comes again. So no adapter and no proxy has to stream.
 * @throws {OptionError} if this server holds no requests
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html HTML, server-sent events}
 */
export function decisionEventsEndpoint<Native>(context: ServerContext<Native>): Endpoint<Native> {
  const longPolling = requireLongPolling(context)
  return jsonEndpoint('decisionEvents', context, async (request) => {
    const [id = '', ...more] = request.query.getAll('id')
    if (!credentialId.test(id) || more.length > 0) {
      throw new OAuthError(
        'invalid_request',
        'id must be given once: the SHA-256 hash of the device code in base64url.',
      )
    }
    if (headerValue(request.headers, 'last-event-id') === eventId) return nothingMore
    // one look-up for an unknown id: nothing is watched, and no place is taken
    const credential = await context.store.findDeviceCredential(id, context.now())
    return credential === undefined ? nothingMore : answerKnown(credential, request, longPolling, context)
  })
}

function requireLongPolling<Native>(context: ServerContext<Native>): LongPolling {
  const { longPolling, paths } = context.options
  const refuse = (reason: string): never => {
    throw new OptionError('paths.decisionEvents', paths.decisionEvents, `false, because ${reason}`)
  }
  if (usesPollHooks(context)) return refuse('hooks of yours decide polls, and nobody tells this server of that')
  return longPolling === false ? refuse('the option longPolling is false') : longPolling
}

/** The answer about a request that the store knows. The place and the watch end with it. */
async function answerKnown<Native>(
  { id, clientId }: DeviceCredential,
  request: OAuthRequest<Native>,
  longPolling: LongPolling,
  context: ServerContext<Native>,
): Promise<OAuthResponse> {
  const leave = context.heldPlaces?.take(clientId, request.ip)
  const wait = leave && beginHeldWait(id, request, context)
  try {
    const state = await readDecision(id, context)
    if (typeof state === 'string') return answerDecision(state)
    if (wait === undefined) return comeAgain(state.interval * 1000)
    const held = { endpoint: 'decisionEvents', seconds: longPolling.maxWait } as const
    const end = await waitForNews(wait, held, state, context)
    const news = mayHaveChanged(end, state, context) ? await readDecision(id, context) : state
    if (typeof news === 'string') return answerDecision(news)
    return comeAgain(end === 'time' && longPolling.maxWait >= state.interval ? SOON : state.interval * 1000)
  } finally {
    wait?.end()
    leave?.()
  }
}

/** An approval and a denial are the same event: the page learns by its poll which one it was. */
function answerDecision(decision: Decision): OAuthResponse {
  return decision === 'approved' || decision === 'denied' ? decided : nothingMore
}

/** A comment instead of an event; the EventSource comes again after so many milliseconds. */
function comeAgain(milliseconds: number): OAuthResponse {
  return eventStream(`: no decision yet\nretry: ${milliseconds}\n\n`)
}

/**
 * Headers of every answer. Pages of any origin may read it: it says nothing of the user, and depends on no cookie and no address
 * but on the id, which only the device and those whom it told can know.
 */
const publicHeaders = { 'cache-control': 'no-store', 'access-control-allow-origin': '*' }

function eventStream(body: string): OAuthResponse {
  const length = String(Buffer.byteLength(body))
  const own = { 'content-type': 'text/event-stream', 'content-length': length, 'x-content-type-options': 'nosniff' }
  return { status: 200, headers: { ...own, ...publicHeaders }, body }
}

// an event without data is never dispatched
const decided = Object.freeze(eventStream(`id: ${eventId}\nevent: decision\ndata: ${eventId}\n\n`))

/**
 * The answer that ends an EventSource: the event was sent before, or there is no such request any more.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-8.6 RFC 9110 section 8.6}
 */
const nothingMore: OAuthResponse = Object.freeze({ status: 204, headers: publicHeaders, body: '' })
