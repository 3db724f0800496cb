import type { ServerContext } from '../contract/context.ts'
import type { DevicesNotice } from '../contract/pages/notices.ts'
import type { UserVisit, Visit } from '../contract/visit.ts'
import { parseRequest } from '../form.ts'
import type { Endpoint, OAuthResponse } from '../http.ts'
import { browserOf, withCookie } from '../verification/browser.ts'
import { boundTo, type HandleContent, isFor, openHandle, sealHandle } from '../verification/form-handle.ts'
import { logInFirst } from '../verification/login.ts'
import { errorPage, inLanguage, pageEndpoint, redirect } from '../verification/page.ts'
import { isSameOrigin } from '../verification/same-origin.ts'
import { findUser, queryParameter } from '../verification/visitor.ts'
import { renameDevice, revokeMatching, revokeOne } from './api.ts'
import { devicesPage } from './page.ts'
import { changeProofs } from './proofs.ts'

const known = new Set(['handle', 'name', 'action', 'proof'])

/** GET of the page of devices: what this user has signed in. A GET changes nothing. */
export function showDevices<Native>(context: ServerContext<Native>): Endpoint<Native> {
  return pageEndpoint(context, async (visit) => {
    const user = await findUser(visit)
    const handle = queryParameter(visit, 'handle')
    const content = openHandle(context, handle)
    const only = content?.kind === 'deviceLink' && context.now() < content.expiresAt ? content.id : undefined
    if (user === undefined) {
      const query = only === undefined ? '' : `?handle=${handle}`
      return logInToDevices(context.devicesPath + query, visit)
    }
    const notice = content?.kind === 'devicesNotice' && isFor(content, user) ? content.notice : undefined
    return devicesPage({ only, notice, number: queryParameter(visit, 'page') }, { ...visit, user })
  })
}

/** POST of the page of devices: renames a device, signs one out, or signs all of them out. */
export function changeDevices<Native>(context: ServerContext<Native>): Endpoint<Native> {
  return pageEndpoint(context, async (visit) => {
    const user = await findUser(visit)
    if (!isSameOrigin(visit)) return errorPage('crossOrigin', visit)
    const { parameters } = parseRequest(visit.request, known)
    if (user === undefined) return logInToDevices(context.devicesPath, visit)
    const form = openHandle(context, parameters.get('handle'))
    const notice = await changeDevice(parameters, form, { ...visit, user })
    if (notice === undefined) return errorPage('invalidRequest', visit)
    const handle = sealHandle(context.handleKeys, { kind: 'devicesNotice', notice, ...boundTo(user) })
    return redirect(inLanguage(`${context.devicesPath}?handle=${handle}`, visit))
  })
}

/** Sends a visitor to the log-in and back. The cookie tells if the same browser comes back again and again. */
async function logInToDevices<Native>(path: string, visit: Visit<Native>): Promise<OAuthResponse> {
  const browser = browserOf(visit)
  return withCookie(await logInFirst(path, visit, browser), browser, visit)
}

/** Carries out a form and returns what the page reports of it; `undefined` for a form that this server has not made. */
async function changeDevice<Native>(
  parameters: ReadonlyMap<string, string>,
  form: HandleContent | undefined,
  visit: UserVisit<Native>,
): Promise<DevicesNotice | undefined> {
  const { user, context } = visit
  const action = parameters.get('action')
  if (form?.kind === 'addProof' || form?.kind === 'removeProof') return changeProofs(parameters, form, visit)
  if (form?.kind === 'devices' && action === 'signOutAll') {
    if (!isFor(form, user)) return 'accountChanged'
    // not by the list of families: a request that has just been approved is not on it yet
    await revokeMatching({ subject: user.subject }, { by: 'user' }, context)
    return 'signedOutAll'
  }
  if (form?.kind !== 'device' || (action !== 'rename' && action !== 'signOut')) return undefined
  // the form was made for this user, so the device is theirs
  if (!isFor(form, user)) return 'accountChanged'
  if (action === 'signOut') return (await revokeOne(form.id, { by: 'user' }, context)) ? 'signedOut' : 'gone'
  const name = parameters.get('name') ?? ''
  return (await renameDevice({ subject: user.subject, id: form.id, name }, context)) ? 'renamed' : 'gone'
}
