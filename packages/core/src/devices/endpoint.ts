import type { ServerContext } from '../contract/context.ts'
import type { User } from '../contract/hooks.ts'
import type { DevicesNotice } from '../contract/pages/notices.ts'
import { parseRequest } from '../form.ts'
import type { Endpoint, OAuthRequest, OAuthResponse } from '../http.ts'
import { boundTo, type Handle, isFor, openHandle, sealHandle } from '../verification/handle.ts'
import { logInFirst } from '../verification/login.ts'
import { errorPage, failurePage, inLanguage, redirect } from '../verification/page.ts'
import { checkUser, isSameOrigin, single } from '../verification/page-request.ts'
import { renameDevice, revokeMatching, revokeOne } from './api.ts'
import { devicesPage } from './page.ts'

const known = new Set(['handle', 'name', 'action'])
// what a browser cannot type into one line, and what turns the direction of the text around it
const invisible = /[\p{Cc}\u202a-\u202e\u2066-\u2069\p{Zl}\p{Zp}]/gu

/** GET of the page of devices: what this user has signed in. It changes nothing. */
export function showDevices<Native>(context: ServerContext<Native>): Endpoint<Native> {
  return pageEndpoint(context, async (request, user) => {
    const text = single(request.query, 'handle')
    const handle = openHandle(context.handleKey, text)
    const only = handle?.kind === 'deviceLink' && context.now() < handle.expiresAt ? handle.id : undefined
    if (user === undefined) {
      const query = only === undefined ? '' : `?handle=${text}`
      return logInFirst(context.devicesPath + query, request, context)
    }
    const notice = handle?.kind === 'devicesNotice' && isFor(handle, user) ? handle.notice : undefined
    return devicesPage({ only, notice }, user, request, context)
  })
}

/** POST of the page of devices: a new name, or the end of one or of all. */
export function changeDevices<Native>(context: ServerContext<Native>): Endpoint<Native> {
  return pageEndpoint(context, async (request, user) => {
    if (!isSameOrigin(request, context)) return errorPage('crossOrigin', request, context)
    const { parameters } = parseRequest(request, known)
    if (user === undefined) return logInFirst(context.devicesPath, request, context)
    const handle = openHandle(context.handleKey, parameters.get('handle'))
    const notice = await change(parameters, handle, user, context)
    if (notice === undefined) return errorPage('invalidRequest', request, context)
    const sealed = sealHandle(context.handleKey, { kind: 'devicesNotice', notice, ...boundTo(user) })
    return redirect(inLanguage(`${context.devicesPath}?handle=${sealed}`, request, context))
  })
}

function pageEndpoint<Native>(
  context: ServerContext<Native>,
  handle: (request: OAuthRequest<Native>, user: User | undefined) => Promise<OAuthResponse>,
): Endpoint<Native> {
  return async (request) => {
    try {
      return await handle(request, checkUser(await context.hooks.authenticateUser(request)))
    } catch (error) {
      return failurePage(error, request, context)
    }
  }
}

/** What the page says afterwards; `undefined` for a form that is none of ours. */
async function change<Native>(
  parameters: ReadonlyMap<string, string>,
  handle: Handle | undefined,
  user: User,
  context: ServerContext<Native>,
): Promise<DevicesNotice | undefined> {
  const action = parameters.get('action')
  if (handle?.kind === 'devices' && action === 'signOutAll') {
    if (!isFor(handle, user)) return 'accountChanged'
    // what was approved a moment ago is on no list yet
    await revokeMatching({ subject: user.subject }, 'user', context)
    return 'signedOutAll'
  }
  if (handle?.kind !== 'device' || (action !== 'rename' && action !== 'signOut')) return undefined
  // a form shows the devices of its own user, so this grant is one of theirs
  if (!isFor(handle, user)) return 'accountChanged'
  if (action === 'signOut') return (await revokeOne(handle.id, 'user', context)) ? 'signedOut' : 'gone'
  const name = (parameters.get('name') ?? '').replace(invisible, '').trim()
  return (await renameDevice(user.subject, handle.id, name, context)) ? 'renamed' : 'gone'
}
