import type { Reply } from './steps.ts'

/** The parameters that a request must have, by the names of the server: a value, `*` for any value, an empty string for no such parameter. */
export type Expected = Readonly<Record<string, string>>

/**
 * The behavior of an authorization server, as data: how it deviates from RFC 8628. Behaviors are written down independently of the
 * provider profiles of the client, so that tests of one prove the other. To change one, spread it into a new object.
 *
 * @example
 * const slow: ServerBehavior = { ...standard, name: 'slow', codes: { interval: 30 } }
 */
export interface ServerBehavior {
  readonly name: string
  readonly issuer: string
  readonly deviceAuthorizationEndpoint: string
  readonly tokenEndpoint: string
  /** The address of the metadata; default: the server has none. */
  readonly metadataAddress?: string
  /** The encoding that requests must have; default `form`. */
  readonly encoding?: 'form' | 'json' | 'any'
  /** True if requests that do not accept JSON are answered with a form. */
  readonly answersForms?: boolean
  /** Request parameters that have another name at this server: from the name in the RFC to the name at the server. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Response members that have another name at this server: from the name in the RFC to the name at the server. */
  readonly members?: Readonly<Record<string, string>>
  /** Further parameters that a device authorization request must have. */
  readonly codesRequest?: Expected
  /** Further parameters that a poll must have. */
  readonly pollRequest?: Expected
  /** Members of the device authorization response that replace the default ones or come in addition; `undefined` removes one. */
  readonly codes?: Readonly<Record<string, unknown>>
  /** Members of the token response that replace the default ones or come in addition; `undefined` removes one. */
  readonly token?: Readonly<Record<string, unknown>>
  /** Error responses, by the error code of the RFC that they stand for; default: as in the RFC. */
  readonly errors?: Readonly<Record<string, Reply>>
  /** Answers an early poll with `slow_down`: before the user has decided (`pending`), always, or never. Default `pending`. */
  readonly pacing?: 'pending' | 'always' | 'never'
  /** True if a poll within the first interval is early too. */
  readonly pacesFirstPoll?: boolean
  /** The number of polls after the approval that are still answered with `authorization_pending`; default 0. */
  readonly lag?: number
  /** True if the codes never expire, whatever `expires_in` says. */
  readonly neverExpires?: boolean
  /** True if only the first poll after expiry is answered with `expired_token`; the code is unknown afterwards. */
  readonly tellsExpiryOnce?: boolean
}

/** A server that follows the RFCs. */
export const standard: ServerBehavior = {
  name: 'standard',
  issuer: 'https://as.example.com',
  deviceAuthorizationEndpoint: 'https://as.example.com/device_authorization',
  tokenEndpoint: 'https://as.example.com/token',
  metadataAddress: 'https://as.example.com/.well-known/oauth-authorization-server',
}
