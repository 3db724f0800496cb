import type { Messages } from '../../contract/pages/messages.ts'
import { timeAgo, timeUntil } from './time.ts'

/** The German texts. */
export const german: Messages = {
  language: 'de',
  direction: 'ltr',
  signInTitle: 'Bitte zuerst anmelden',
  signInText:
    'Melden Sie sich bei Ihrem Konto an und kehren Sie dann auf diese Seite zurück, um Ihr Gerät zu verbinden.',
  signInLink: 'Anmelden',
  enterTitle: 'Gerät verbinden',
  enterLabel: 'Code auf Ihrem Gerät',
  enterHint: 'Der Bindestrich ist nicht nötig.',
  continue: 'Weiter',
  signedInAs: 'Angemeldet als',
  switchAccount: 'Nicht Sie? Konto wechseln',
  notices: {
    unknownCode:
      'Dieser Code ist nicht gültig. Sehen Sie noch einmal auf Ihr Gerät: Vielleicht ist der Code abgelaufen oder wurde schon verwendet.',
    missingCode: 'Geben Sie den Code ein, den Ihr Gerät anzeigt.',
    accountChanged: 'Diese Seite war veraltet oder Sie haben das Konto gewechselt. Bitte versuchen Sie es noch einmal.',
    typeCode: 'Geben Sie den Code bitte selbst ein, so wie Ihr Gerät ihn anzeigt.',
  },
  confirmNotices: {
    notTicked: 'Setzen Sie zuerst das Häkchen, wenn Sie diese Anmeldung auf Ihrem eigenen Gerät gestartet haben.',
    tooSoon: 'Das ging sehr schnell. Lesen Sie bitte die Seite und antworten Sie dann.',
  },
  confirmTitle: 'Dieses Gerät verbinden?',
  confirmCompare: 'Zeigt Ihr Gerät diesen Code an?',
  declineIfSent: 'Wenn Ihnen jemand diesen Code geschickt hat, lehnen Sie ab.',
  client: 'App',
  account: 'Ihr Konto',
  scopes: 'Die App kann dann',
  noScopes: 'Wissen, wer Sie sind',
  device: 'Gerät',
  bindingMessage: 'Nachricht',
  deviceWords: 'Das sind die Worte des Geräts, nicht unsere. Auf seinem Bildschirm muss dasselbe stehen.',
  askedFrom: 'Angefragt von',
  asked: 'Angefragt',
  age: (seconds) => timeAgo('de', seconds, 'gerade eben'),
  unverifiedClient: 'Diese App kann nicht nachweisen, wer sie ist.',
  privacyPolicy: 'Datenschutzerklärung',
  terms: 'Nutzungsbedingungen',
  attestedBy: 'Der Hersteller bürgt für dieses Gerät:',
  unverifiedRequester: 'Angaben des Geräts, nicht überprüft.',
  knownDevice: (date) => `Sie haben diesem Gerät am ${date} zugestimmt.`,
  knownDeviceAsksForMore: 'Jetzt verlangt es mehr, als Sie ihm erlaubt haben.',
  warnings: {
    sameDevice:
      'Die Anfrage kam aus dem Browser, den Sie gerade verwenden. Wollten Sie nicht ein anderes Gerät verbinden?',
    otherNetwork: 'Das Gerät ist in einem anderen Netzwerk als Sie. Haben Sie es wirklich vor sich?',
    otherCountry:
      'Das Gerät ist offenbar in einem anderen Land. Wenn Sie das nicht selbst gestartet haben, lehnen Sie ab.',
    maybeSameDevice:
      'Die Anfrage kam möglicherweise von dem Gerät, das Sie gerade verwenden. Wollten Sie nicht ein anderes Gerät verbinden?',
    unknownNetwork:
      'Diese Seite kann nicht erkennen, ob das Gerät in Ihrem Netzwerk ist. Haben Sie es wirklich vor sich?',
    unknownCountry:
      'Diese Seite kann nicht erkennen, ob das Gerät in Ihrem Land ist. Wenn Sie das nicht selbst gestartet haben, lehnen Sie ab.',
    old: 'Die Anfrage des Geräts ist schon einige Minuten alt. Steht der Code noch auf dem Bildschirm?',
  },
  ownDevice: 'Ich habe diese Anmeldung selbst auf dem Gerät vor mir gestartet.',
  decline: 'Ablehnen',
  approve: 'Zustimmen',
  doneTitle: 'Gerät verbunden',
  doneText: 'Kehren Sie zu Ihrem Gerät zurück: Dort geht es von selbst weiter. Sie können diese Seite schließen.',
  numberTitle: 'Noch ein Schritt',
  numberText: 'Geben Sie diese Zahl auf Ihrem Gerät ein, um die Anmeldung abzuschließen:',
  deniedTitle: 'Abgelehnt',
  deniedText:
    'Das Gerät wurde nicht verbunden. Wenn Sie neu beginnen möchten, kehren Sie zu Ihrem Gerät zurück. Sie können diese Seite schließen.',
  errors: {
    invalidRequest: {
      title: 'Das hat nicht geklappt',
      text: 'Die Seite hat etwas gesendet, das nicht zu verstehen war. Beginnen Sie noch einmal auf Ihrem Gerät.',
    },
    crossOrigin: {
      title: 'Nicht von hier aus möglich',
      text: 'Diese Anfrage kam von einer anderen Website. Es wurde nichts geändert.',
    },
    alreadyAnswered: {
      title: 'Schon beantwortet',
      text: 'Diese Anfrage wurde bereits beantwortet. Es wurde nichts geändert.',
    },
    notFound: {
      title: 'Nicht mehr gültig',
      text: 'Dieser Code ist nicht gültig. Vielleicht ist er abgelaufen oder wurde schon verwendet. Beginnen Sie noch einmal auf Ihrem Gerät.',
    },
    limited: {
      title: 'Zu viele Versuche',
      text: 'Es wurden zu viele Codes ausprobiert oder zu viele Geräte verbunden.',
    },
    refused: {
      title: 'Nicht von hier aus möglich',
      text: 'Sie können dieser Anfrage von hier aus nicht zustimmen. Wenn Sie sie nicht selbst gestartet haben, gehen Sie zurück und lehnen Sie ab.',
    },
    refusedNetwork: {
      title: 'Nicht von hier aus möglich',
      text: 'Sie können nur aus dem Netzwerk zustimmen, in dem Ihr Gerät ist. Wenn Sie das selbst gestartet haben, verbinden Sie sich mit diesem Netzwerk, ohne VPN und mobile Daten, gehen Sie dann zurück und versuchen Sie es noch einmal. Wenn Ihnen jemand den Code geschickt hat, gehen Sie zurück und lehnen Sie ab.',
    },
    unavailable: {
      title: 'Bitte noch einmal versuchen',
      text: 'Der Server ist ausgelastet. Wenn Sie gerade geantwortet haben, sehen Sie zuerst auf Ihr Gerät: Vielleicht hat es schon geklappt.',
    },
    failed: {
      title: 'Etwas ist schiefgegangen',
      text: 'Auf dem Server ist ein Fehler aufgetreten. Wenn Sie gerade geantwortet haben, sehen Sie zuerst auf Ihr Gerät: Vielleicht hat es schon geklappt.',
    },
  },
  retryAfter: (seconds) => `Versuchen Sie es ${timeUntil('de', seconds)} noch einmal.`,
  startAgain: 'Code eingeben',
  devices: {
    title: 'Ihre Geräte',
    none: 'In Ihrem Konto ist kein Gerät angemeldet.',
    since: (date) => `Angemeldet am ${date}`,
    lastUsed: (date) => `Zuletzt verwendet am ${date}`,
    neverUsed: 'Noch nicht verwendet',
    name: 'Name',
    rename: 'Umbenennen',
    signOut: 'Abmelden',
    signOutAll: 'Alle Geräte abmelden',
    signOutAllText: 'Alle hier aufgeführten Geräte müssen danach neu verbunden werden.',
    connect: 'Gerät verbinden',
    newer: 'Neuere Geräte',
    older: 'Ältere Geräte',
    renamed: 'Das Gerät hat einen neuen Namen.',
    signedOut: 'Das Gerät ist abgemeldet.',
    signedOutAll: 'Alle Geräte sind abgemeldet.',
    gone: 'Dieses Gerät ist nicht in Ihrem Konto angemeldet.',
  },
}
