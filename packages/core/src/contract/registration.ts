import type { Awaitable, OAuthRequest } from '../http.ts'
import type { Client } from '../protocol.ts'

/** A client that registered itself, as the store keeps it. It has no secret: hashes only. */
export interface RegisteredClient {
  /** The client. Its `client_id` is the key of the record. */
  readonly client: Client
  /** Epoch seconds. */
  readonly issuedAt: number
  /** The hash of the registration access token: SHA-256, in base64url. */
  readonly tokenHash: string
  /** The software statement that was sent, unmodified. Default: none was sent. */
  readonly softwareStatement?: string
  /** The number of changes, from 0 on. {@link RegisteredClientStore.replace} compares it. */
  readonly revision: number
}

/**
 * The store of registered clients. Each method is one atomic step. A record is JSON: a database may keep it as one
 * text beside `client_id` and `revision`. `@device-auth/stores` has stores in PostgreSQL, Redis and SQLite, and
 * `memoryRegisteredClients()` is one for tests and a single process. `registeredClientStoreContract` of
 * `@device-auth/core/testing` tests a store of your own.
 */
export interface RegisteredClientStore {
  /** Finds a record; `undefined` if there is none. */
  find(clientId: string): Awaitable<RegisteredClient | undefined>
  /**
   * Adds a record with a new `client_id`.
   *
   * @param maxClients - The most records of the store.
   * @returns `false` if the store has that many already, or has a record of this `client_id`; nothing is added then.
   */
  insert(record: RegisteredClient, maxClients: number): Awaitable<boolean>
  /**
   * Replaces the record of the same `client_id`, if the stored one has the `revision` before: `record.revision - 1`.
   *
   * @returns `false` if there is no record, or it has another revision; nothing changes then.
   */
  replace(record: RegisteredClient): Awaitable<boolean>
  /** Removes a record; returns `false` if there is none. */
  remove(clientId: string): Awaitable<boolean>
  /**
   * Checks the database, for `deviceAuth.check()` and `deviceAuth.health()`.
   *
   * @returns Warnings for the operator; empty if all is well. Rejects if the database does not do all steps.
   */
  check?(): Awaitable<readonly string[]>
}

/**
 * The option `registration`: clients register themselves at `paths.registration`, with one of `initialAccessTokens`
 * or by the decision of `authorize`. Give exactly one of the two.
 *
 * @typeParam Native - The framework's request.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-3 RFC 7591 section 3}
 */
export interface ClientRegistration<Native = unknown> {
  /** The store of registered clients. */
  readonly store: RegisteredClientStore
  /** The scopes that registered clients may have, space-delimited. What a client asks for beyond them is left out. @default '' */
  readonly scope?: string
  /**
   * The tokens with which clients may register, of at least 32 characters each. A token may register many clients, so a fleet
   * needs one only. @default none
   * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-1.2 RFC 7591 section 1.2}
   */
  readonly initialAccessTokens?: readonly string[]
  /**
   * Decides if a request may register a client. Limited by the option `timeout`.
   *
   * @returns `true` to go on; anything else is answered 401.
   * @throws {OAuthError} to answer with another error.
   * @example
   * ```ts
   * import type { ClientRegistration } from '@device-auth/core'
   *
   * const authorize: ClientRegistration['authorize'] = ({ ip }) => ip?.startsWith('10.') === true
   * ```
   */
  authorize?(request: OAuthRequest<Native>): Awaitable<boolean>
  /**
   * Verifies a software statement: its signature and its issuer. Its claims are client metadata, and win over those in the
   * request. Without this hook software statements are ignored. Limited by the option `timeout`.
   *
   * @returns The claims; `undefined` to answer `invalid_software_statement`.
   * @throws {OAuthError} `unapproved_software_statement` for a good statement of somebody who may not register.
   * @see {@link https://www.rfc-editor.org/rfc/rfc7591#section-2.3 RFC 7591 section 2.3}
   * @example
   * ```ts
   * import type { ClientRegistration } from '@device-auth/core'
   * import { createRemoteJWKSet, jwtVerify } from 'jose'
   *
   * const makerKeys = createRemoteJWKSet(new URL('https://maker.example/jwks'))
   * const verifySoftwareStatement: ClientRegistration['verifySoftwareStatement'] = async (statement) =>
   *   (await jwtVerify(statement, makerKeys, { issuer: 'https://maker.example' })).payload
   * ```
   */
  verifySoftwareStatement?(
    statement: string,
    request: OAuthRequest<Native>,
  ): Awaitable<Readonly<Record<string, unknown>> | undefined>
  /** The most clients in the store, 1 to 10,000,000; a registration beyond them is answered 503. @default 10_000 */
  readonly maxClients?: number
  /** The most registrations an hour from one address, 1 to 1,000,000. @default 100 */
  readonly perAddress?: number
  /** The most registrations an hour with one initial access token, 1 to 1,000,000. @default 1000 */
  readonly perToken?: number
}

/** The option `registration` with its defaults. */
export type ResolvedRegistration<Native = unknown> = ClientRegistration<Native> &
  Required<Pick<ClientRegistration, 'scope' | 'maxClients' | 'perAddress' | 'perToken'>>
