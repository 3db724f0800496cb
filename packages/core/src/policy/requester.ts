import type { ServerContext } from '../contract/context.ts'
import type { RequesterDescription } from '../contract/hooks.ts'
import type { DeviceDescriptor, Requester } from '../contract/store.ts'
import { headerValue, type OAuthRequest } from '../http.ts'
import { boundedText } from './descriptor.ts'

const longest = 200

/** What is known of whoever made a request; bounded, because most of it comes from anyone. */
export async function describeRequester<Native>(
  request: OAuthRequest<Native>,
  context: ServerContext<Native>,
  device?: DeviceDescriptor,
): Promise<Requester | undefined> {
  const description = await context.hooks.describeRequester(request)
  const requester = {
    ...originOf(request),
    ...readDescription(typeof description === 'string' ? { description } : description),
    ...(device === undefined ? {} : { device }),
  }
  return Object.keys(requester).length > 0 ? requester : undefined
}

/** What every request tells of where it comes from. */
export function originOf<Native>({ ip, headers }: OAuthRequest<Native>): Requester {
  const userAgent = boundedText(headerValue(headers, 'user-agent'), longest)
  return { ...(ip === undefined ? {} : { ip }), ...(userAgent === undefined ? {} : { userAgent }) }
}

function readDescription(given: unknown): RequesterDescription {
  const { place, network, country, description }: Record<string, unknown> = Object(given)
  const code = typeof country === 'string' && /^[A-Za-z]{2}$/.test(country) ? country.toUpperCase() : undefined
  const texts = {
    description: boundedText(description, longest),
    place: boundedText(place, longest),
    network: boundedText(network, longest),
    country: code,
  }
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined))
}
