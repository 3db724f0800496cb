import type { Check } from '@device-auth/core'

/** The check of an option that is the https URL of another server. */
export const isHttpsUrl: Check = (value) =>
  typeof value === 'string' && value.startsWith('https://') && URL.canParse(value) ? undefined : 'an https URL'
