import type { Reply } from './steps.ts'

/** What a request has to carry: a value, `*` for any, an empty text for none at all. By the names that the server uses. */
export type Expected = Readonly<Record<string, string>>

/**
 * How an authorization server behaves, as data: where it deviates from RFC 8628. It is what a server does, written down apart from the
 * profiles by which a client finds its way, so that the one proves the other. Change one by spreading it into another.
 */
export interface ServerBehavior {
  readonly name: string
  readonly issuer: string
  readonly deviceAuthorizationEndpoint: string
  readonly tokenEndpoint: string
  /** The address of its metadata; without one there are none. */
  readonly metadataAddress?: string
  /** How requests have to be written; default `form`. */
  readonly encoding?: 'form' | 'json' | 'any'
  /** It answers with a form to requests that do not ask for JSON. */
  readonly answersForms?: boolean
  /** Parameters of requests, and members of answers, by their names in the RFCs, with their name here. */
  readonly parameters?: Readonly<Record<string, string>>
  readonly members?: Readonly<Record<string, string>>
  /** What a request for codes, and a poll, has to carry beside client, code and grant type. */
  readonly codesRequest?: Expected
  readonly pollRequest?: Expected
  /** Members of the answer with codes, and of the one with tokens, in place of those of the RFC or beside them; `undefined` leaves one out. */
  readonly codes?: Readonly<Record<string, unknown>>
  readonly token?: Readonly<Record<string, unknown>>
  /** Answers by the error of the RFC that they stand for; what is missing is answered as in the RFC. */
  readonly errors?: Readonly<Record<string, Reply>>
  /**
   * When an early poll is told to slow down: while nobody has decided, even when someone has, or never.
   *
   * Default `pending`.
   */
  readonly pacing?: 'pending' | 'always' | 'never'
  /** A poll within the first interval is early too. */
  readonly pacesFirstPoll?: boolean
  /** Polls that are still told to wait after the approval. */
  readonly lag?: number
  /** Codes that have expired are treated as if they had not: a poll is told to wait for ever. */
  readonly neverExpires?: boolean
  /** Expiry is told once; the code is unknown afterwards. */
  readonly tellsExpiryOnce?: boolean
}

/** A server as the RFCs have it. */
export const standard: ServerBehavior = {
  name: 'standard',
  issuer: 'https://as.example.com',
  deviceAuthorizationEndpoint: 'https://as.example.com/device_authorization',
  tokenEndpoint: 'https://as.example.com/token',
  metadataAddress: 'https://as.example.com/.well-known/oauth-authorization-server',
}
