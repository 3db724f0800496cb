import type { PasskeyTexts } from '../texts.ts'

/** The texts in English. */
export const english: PasskeyTexts = {
  confirm: 'You approve with your passkey.',
  failed: 'The passkey did not work, or you cancelled. Approve again to try once more, or decline.',
  missing: 'Approving this device needs a passkey, and you have none yet. Add one, then enter the code again.',
  enrol: 'Add a passkey',
  noScript:
    'This step needs JavaScript, which is turned off in this browser. You can decline here, or approve in another browser.',
  title: 'Your passkeys',
  about:
    'With a passkey you approve a new device by your finger, your face or a PIN. It works on this site only, so no other site can use it for you.',
  signInAgain: 'To add or remove a passkey, sign in again first.',
  add: 'Add a passkey',
  remove: 'Remove',
  passkeyOf: (date) => `Passkey of ${date}`,
  lastUsed: (date) => `last used ${date}`,
  synced: 'Synced to your devices',
  oneDevice: 'On one device',
  added: 'The passkey is added.',
  removed: 'The passkey is removed.',
  unchanged: 'Nothing was changed. Load this page again and try once more.',
}
