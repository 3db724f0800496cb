import type { Secrets } from '../crypto/seal.ts'
import type { Awaitable } from '../http.ts'
import type { Client } from '../protocol.ts'
import type { ApprovalProof } from './approval.ts'
import type { ClientFinder } from './clients.ts'
import type { UserCodeShape } from './codes.ts'
import type { KeyBinding } from './key-binding.ts'
import type { Limits, LongPolling } from './limits.ts'
import type { DeviceAuthOptions, VerificationApiOptions } from './options.ts'
import type { ResolvedPages } from './pages/options.ts'
import type { Paths } from './paths.ts'
import type { Policy, Risk } from './policy.ts'
import type { ResolvedRegistration } from './registration.ts'
import type { Signals } from './signals.ts'
import type { AuthorizationDetailType } from './target.ts'

/** The option `resources`, as a function and a list of those that are known in advance. */
interface ResolvedResources {
  readonly listed: readonly string[]
  describe(resource: string, client: Client): Awaitable<string | undefined>
}

type Given =
  | 'issuer'
  | 'scopes'
  | 'store'
  | 'expiresIn'
  | 'interval'
  | 'verificationUriComplete'
  | 'accessToken'
  | 'refreshToken'
  | 'tokenExchange'
  | 'redemptionGrace'
  | 'onStoreFailure'
  | 'timeout'
  | 'maxConcurrentRequests'
  | 'clock'
  | 'grants'
  | 'compatibility'
  | 'clientAuthentication'

/** The options, checked and frozen, with every default filled in. */
export type ResolvedOptions<Native = unknown> = Required<Pick<DeviceAuthOptions<Native>, Given>> & {
  readonly loginUrl: DeviceAuthOptions<Native>['loginUrl']
  readonly switchAccountUrl: DeviceAuthOptions<Native>['switchAccountUrl']
  readonly openid: DeviceAuthOptions<Native>['openid']
  readonly keyBinding: readonly KeyBinding<Native>[]
  readonly acrValues: DeviceAuthOptions<Native>['acrValues']
  readonly secret: Secrets
  readonly userCode: UserCodeShape
  readonly paths: Paths
  readonly limits: Limits
  readonly pages: ResolvedPages
  readonly risk: Risk
  readonly policy: Policy<Native>
  readonly approval: ApprovalProof<Native> | undefined
  readonly verificationApi: VerificationApiOptions | undefined
  readonly findClient: ClientFinder
  readonly resources: ResolvedResources | undefined
  readonly authorizationDetails: ReadonlyMap<string, AuthorizationDetailType> | undefined
  readonly signals: (Signals<Native> & Required<Pick<Signals<Native>, 'findSubject'>>) | undefined
  readonly registration: ResolvedRegistration<Native> | undefined
  readonly longPolling: LongPolling | false
}
