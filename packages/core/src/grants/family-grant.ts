import type { TokenFamily, UserGrant } from '../contract/store.ts'

/** The grant of the user, as the family of its tokens keeps it. */
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
