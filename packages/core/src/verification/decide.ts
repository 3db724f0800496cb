import type { PresenterVisit } from '../contract/visit.ts'
import type { OAuthResponse } from '../http.ts'
import { carryOut } from './decision.ts'
import { type HandleContent, isFor, sealHandle } from './form-handle.ts'
import { errorPage, inLanguage, redirect, show } from './page.ts'

/**
 * Answers the form of the confirm page: carries out the user's decision about the request that the form was made for.
 * @see {@link https://www.rfc-editor.org/rfc/rfc8628#section-3.3 RFC 8628 section 3.3}
 */
export async function decide<Native>(
  approved: boolean,
  form: HandleContent | undefined,
  visit: PresenterVisit<Native>,
): Promise<OAuthResponse> {
  const { user, context } = visit
  if (form?.kind !== 'confirm') return errorPage('invalidRequest', visit)
  if (!isFor(form, user)) {
    // the account was switched in another tab: show the request again, with the account that would be used
    const code = sealHandle(context.handleKeys, {
      kind: 'code',
      userCode: form.userCode,
      browser: visit.presenter.browser,
    })
    return redirect(inLanguage(`${context.verificationPath}?handle=${code}`, visit))
  }
  const { form: fields } = visit.request
  const answer = {
    approved,
    ownDevice: fields.get('own_device') === 'yes',
    proof: fields.get('proof') || undefined,
    scope: context.options.pages.narrowScopes ? fields.getAll('scope').join(' ') : undefined,
  }
  return show(await carryOut(answer, form, visit), visit)
}
