import type { DeviceAuthorizationResponse } from '../protocol.ts'

/** The deviations from the RFCs that the clients of one provider need, as data. */
export interface Dialect {
  /** Further paths of the device authorization endpoint, below the mount point. */
  readonly deviceAuthorizationPaths?: readonly string[]
  /** Further paths of the token endpoint. */
  readonly tokenPaths?: readonly string[]
  /** Further paths of the metadata. */
  readonly metadataPaths?: readonly string[]
  /** Further public documents, by their paths. */
  readonly documents?: Readonly<Record<string, object>>
  /** True if both endpoints also read JSON bodies, at all of their paths. */
  readonly json?: true
  /** Further names of grant types, with the names that this server has for them. */
  readonly grantTypes?: Readonly<Record<string, string>>
  /** Further names of parameters of the token endpoint, with the names that this server has for them. */
  readonly tokenParameters?: Readonly<Record<string, string>>
  /** Makes further members of the device authorization response. */
  readonly describeCodes?: (codes: DeviceAuthorizationResponse) => Readonly<Record<string, unknown>>
  /**
   * Makes further members of a token response with a refresh token, at the dialect's own paths only.
   *
   * @param refreshTokenExpiresIn - Seconds.
   */
  readonly describeTokens?: (refreshTokenExpiresIn: number) => Readonly<Record<string, unknown>>
  /** Makes further members of the metadata. */
  readonly describeServer?: (urls: ServerUrls) => Readonly<Record<string, unknown>>
  /** Other status and names of errors. They are used at the dialect's own paths only: the others answer as the RFCs say. */
  readonly errors?: { readonly status?: number; readonly names?: Readonly<Record<string, string>> }
}

/** The addresses that a dialect may name in the metadata. */
export interface ServerUrls {
  readonly issuer: string
  /** The page where users enter the code; `undefined` if the application has its own. */
  readonly verification: string | undefined
}
