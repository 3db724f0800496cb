import type { PasskeyTexts } from '../texts.ts'

/** The texts in German. */
export const german: PasskeyTexts = {
  confirm: 'Sie stimmen mit Ihrem Passkey zu.',
  failed:
    'Der Passkey hat nicht funktioniert, oder Sie haben abgebrochen. Stimmen Sie noch einmal zu oder lehnen Sie ab.',
  missing:
    'Um diesem Gerät zuzustimmen, brauchen Sie einen Passkey, und Sie haben noch keinen. Fügen Sie einen hinzu und geben Sie den Code dann noch einmal ein.',
  enrol: 'Passkey hinzufügen',
  noScript:
    'Dieser Schritt braucht JavaScript, das in diesem Browser ausgeschaltet ist. Sie können hier ablehnen oder in einem anderen Browser zustimmen.',
  title: 'Ihre Passkeys',
  about:
    'Mit einem Passkey stimmen Sie einem neuen Gerät per Finger, Gesicht oder PIN zu. Er funktioniert nur auf dieser Website; keine andere kann ihn verwenden.',
  signInAgain: 'Melden Sie sich zuerst neu an, um einen Passkey hinzuzufügen oder zu entfernen.',
  add: 'Passkey hinzufügen',
  remove: 'Entfernen',
  passkeyOf: (date) => `Passkey vom ${date}`,
  lastUsed: (date) => `zuletzt verwendet am ${date}`,
  synced: 'Auf Ihren Geräten synchronisiert',
  oneDevice: 'Auf einem Gerät',
  added: 'Der Passkey ist hinzugefügt.',
  removed: 'Der Passkey ist entfernt.',
  unchanged: 'Es wurde nichts geändert. Laden Sie die Seite neu und versuchen Sie es noch einmal.',
}
