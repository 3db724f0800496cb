import type { ServerContext } from '../contract/context.ts'
import type { RequesterDescription } from '../contract/hook-arguments.ts'
import type { DeviceDescriptor, Requester } from '../contract/requester.ts'
import { type Awaitable, chain, headerValue, type OAuthRequest } from '../http.ts'
import { shortAddress } from '../ip-address.ts'
import { boundedText } from './device-parameters.ts'

const MAX_TEXT_LENGTH = 200

/**
 * Describes the origin of a request: address, user agent, what the hook `describeRequester` adds, and what the device
 * says of itself. Texts are bounded (`foreignText`) and cut at 200 characters, because most of them are untrusted.
 */
export function describeRequester<Native>(
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
  device?: DeviceDescriptor,
): Awaitable<Requester | undefined> {
  return chain(context.hooks.describeRequester(request), (description) => {
    const requester = {
      ...originOf(request),
      ...(description === undefined ? {} : readDescription(description)),
      ...(device === undefined ? {} : { device }),
    }
    return Object.keys(requester).length > 0 ? requester : undefined
  })
}

/** The address of a request in its short form, and the user agent. */
export function originOf<Native>({ ip, headers }: OAuthRequest<Native>): Requester {
  const userAgent = boundedText(headerValue(headers, 'user-agent'), MAX_TEXT_LENGTH)
  return {
    ...(ip === undefined ? {} : { ip: shortAddress(ip) ?? ip }),
    ...(userAgent === undefined ? {} : { userAgent }),
  }
}

/** Keeps the known members of what the hook returned; those of a wrong type are dropped. A text is the description. */
function readDescription(given: unknown): RequesterDescription {
  const { place, network, country, description }: Record<string, unknown> =
    typeof given === 'string' ? { description: given } : Object(given)
  const code = typeof country === 'string' && /^[A-Za-z]{2}$/.test(country) ? country.toUpperCase() : undefined
  const texts = {
    description: boundedText(description, MAX_TEXT_LENGTH),
    place: boundedText(place, MAX_TEXT_LENGTH),
    network: boundedText(network, MAX_TEXT_LENGTH),
    country: code,
  }
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined))
}
