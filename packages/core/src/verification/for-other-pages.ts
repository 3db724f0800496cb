import { type Check, checkOptions, isBoolean, isObject, isText, type OptionOwner, requireText } from '../checks.ts'
import type { ServerContext } from '../contract/context.ts'
import type { User } from '../contract/hook-arguments.ts'
import type { Presentable, Verification, VerificationVisitor } from '../contract/verification.ts'
import type { PresenterVisit, Visit } from '../contract/visit.ts'
import { hashSecret } from '../crypto/secrets.ts'
import { isSubject } from '../foreign-text.ts'
import { plainHeaders } from '../http.ts'
import { checkGrantData } from '../lifecycle/grant-data.ts'
import { browserOf } from './browser.ts'
import { type Answer, carryOut } from './decision.ts'
import { isFor, openHandle } from './form-handle.ts'
import { checkAuthentication } from './login-facts.ts'
import { errorContent } from './page.ts'
import { present } from './present.ts'

const isString: Check = (value) => (typeof value === 'string' ? undefined : 'a string')
const isUser: Check = (value) =>
  isSubject(Object(value).subject)
    ? undefined
    : 'a user with a `subject`, a non-empty string of valid Unicode without U+0000'
const isRequest: Check = (value) =>
  isObject(Object(value).headers) === undefined ? undefined : 'an object with headers, ip and native'
const isOrigin: Check = (value) =>
  typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
    ? undefined
    : "an origin such as 'https://app.example.com'"

const visitorChecks = { user: isUser, request: isRequest, origin: isOrigin }
const presentChecks = { ...visitorChecks, userCode: isString, id: isText }
const decideChecks = {
  ...visitorChecks,
  handle: isString,
  approved: isBoolean,
  ownDevice: isBoolean,
  proof: isString,
  scope: isString,
  data: () => undefined,
}

function ownerOf(method: string): OptionOwner {
  return { name: `Device Auth: ${method}()`, reference: 'See `Verification` in @device-auth/core.' }
}

/** Makes {@link Verification}: the verification page as functions, for pages and apps of the application's own. */
export function createVerification<Native>(context: ServerContext<Native>): Verification<Native> {
  return Object.freeze<Verification<Native>>({
    async present(request) {
      const owner = ownerOf('verification.present')
      const given = checkOptions(owner, request, presentChecks, ['user', 'request'])
      const presentable = readPresentable(given, owner)
      await context.synchronize?.()
      return present(presentable, visitOf(owner.name, given, context))
    },
    async decide(answer) {
      const owner = ownerOf('verification.decide')
      const given = checkOptions(owner, answer, decideChecks, ['user', 'request', 'approved'])
      const { handle, approved, ownDevice = false, proof, scope } = given
      requireText('verification.decide', 'handle', handle, true)
      const data = checkGrantData('verification.decide()', given.data)
      await context.synchronize?.()
      return decideByHandle({ approved, ownDevice, proof, scope, data }, handle, visitOf(owner.name, given, context))
    },
  })
}

function readPresentable(given: object, owner: OptionOwner): Presentable {
  const { userCode, id }: { readonly userCode?: string; readonly id?: string } = given
  if (userCode !== undefined && id === undefined) return { userCode }
  if (id !== undefined && userCode === undefined) return { id }
  throw new TypeError(`${owner.name} needs either the option \`userCode\` or the option \`id\`. ${owner.reference}`)
}

function visitOf<Native>(
  source: string,
  { user, request: { headers: given, ip, native }, origin }: VerificationVisitor<Native>,
  context: ServerContext<Native>,
): PresenterVisit<Native> {
  checkAuthentication(source, user.authentication)
  const path = context.options.paths.verification || '/'
  const headers = plainHeaders(given)
  const [query, form] = [new URLSearchParams(), new URLSearchParams()]
  return presenterFor(user, { request: { method: 'POST', path, query, headers, form, ip, native }, context }, origin)
}

/**
 * The visit of a user without the page. The browser is known by the page's cookie if it sends one; otherwise each user in each
 * session counts as a browser of their own, so that a request which a second user presents is closed.
 */
export function presenterFor<Native>(user: User, visit: Visit<Native>, origin?: string): PresenterVisit<Native> {
  const { subject, session } = user
  const { id, newCookie } = browserOf(visit)
  const known = newCookie === undefined
  const browser = known ? id : hashSecret(JSON.stringify(['visitor', subject, session]))
  return { ...visit, user, origin, presenter: { subject, browser, known, ip: visit.request.ip } }
}

/** Carries out an answer to the request of a handle, if the handle was made for this user in this session. */
export async function decideByHandle<Native>(
  answer: Answer,
  handle: string | undefined,
  visit: PresenterVisit<Native>,
): ReturnType<Verification<Native>['decide']> {
  const form = openHandle(visit.context, handle)
  if (form?.kind !== 'confirm' || !isFor(form, visit.user)) return errorContent('invalidRequest', visit)
  return carryOut(answer, form, visit)
}
