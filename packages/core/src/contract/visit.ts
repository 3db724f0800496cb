import type { OAuthRequest } from '../http.ts'
import type { ServerContext } from './context.ts'
import type { User } from './hook-arguments.ts'
import type { Claimant } from './store.ts'

/** One request for a page, together with the server that answers it. */
export interface Visit<Native = unknown> {
  readonly request: OAuthRequest<Native>
  readonly context: ServerContext<Native>
}

/** A visit by a user who is signed in to the application. */
export interface UserVisit<Native = unknown> extends Visit<Native> {
  readonly user: User
  /** The origin of the page or app where the user decides. @default that of the built-in pages */
  readonly origin?: string | undefined
}

/** The user and browser that present a user code, as guess budgets count them. */
export interface Presenter extends Claimant {
  /** True if the browser sent its cookie; a browser without one has no budget of its own yet. */
  readonly known: boolean
  readonly ip: string | undefined
}

/** A visit to the verification page by a signed-in user, who may present a code and decide about a request. */
export interface PresenterVisit<Native = unknown> extends UserVisit<Native> {
  readonly presenter: Presenter
}
