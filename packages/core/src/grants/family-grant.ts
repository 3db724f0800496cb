import type { TokenFamily, UserGrant } from '../contract/store.ts'

/** The grant of the user that the family of its tokens keeps. */
export function grantOfFamily({ subject, username, scope, authentication, data, target }: TokenFamily): UserGrant {
  return {
    subject,
    approved: true,
    scope,
    ...(username === undefined ? {} : { username }),
    ...(authentication === undefined ? {} : { authentication }),
    ...(data === undefined ? {} : { data }),
    ...(target === undefined ? {} : { target }),
  }
}
