import type { Messages } from '../../contract/pages/messages.ts'
import { timeAgo, timeUntil } from './time.ts'

/** The French texts. `\u00a0` before `?`, `!`, `:` and `;` prevents a line break there. */
export const french: Messages = {
  language: 'fr',
  direction: 'ltr',
  signInTitle: 'Connectez-vous d’abord',
  signInText: 'Connectez-vous à votre compte, puis revenez sur cette page pour associer votre appareil.',
  signInLink: 'Se connecter',
  enterTitle: 'Associer un appareil',
  enterLabel: 'Code affiché sur votre appareil',
  enterHint: 'Le tiret est facultatif.',
  continue: 'Continuer',
  signedInAs: 'Connecté en tant que',
  switchAccount: 'Ce n’est pas vous\u00a0? Changer de compte',
  notices: {
    unknownCode:
      'Ce code n’est pas valide. Regardez à nouveau votre appareil\u00a0: le code a peut-être expiré ou déjà été utilisé.',
    missingCode: 'Saisissez le code affiché sur votre appareil.',
    accountChanged: 'Cette page n’était plus à jour, ou vous avez changé de compte. Veuillez réessayer.',
    typeCode: 'Saisissez vous-même le code affiché sur votre appareil.',
  },
  confirmNotices: {
    notTicked: 'Cochez d’abord la case si vous avez lancé cette connexion sur votre propre appareil.',
    tooSoon: 'C’était très rapide. Lisez la page, puis répondez.',
  },
  confirmTitle: 'Associer cet appareil\u00a0?',
  confirmCompare: 'Est-ce bien le code affiché sur votre appareil\u00a0?',
  declineIfSent: 'Si quelqu’un vous a envoyé ce code, refusez.',
  client: 'Application',
  account: 'Votre compte',
  scopes: 'Elle pourra',
  noScopes: 'Savoir qui vous êtes',
  device: 'Appareil',
  bindingMessage: 'Son message',
  deviceWords: 'Ce sont les mots de l’appareil, pas les nôtres. Son écran doit afficher les mêmes.',
  askedFrom: 'Demandé depuis',
  asked: 'Demandé',
  age: (seconds) => timeAgo('fr', seconds, 'à l’instant'),
  unverifiedClient: 'Cette application ne peut pas prouver son identité.',
  privacyPolicy: 'Politique de confidentialité',
  terms: 'Conditions d’utilisation',
  attestedBy: 'Le fabricant se porte garant de cet appareil\u00a0:',
  unverifiedRequester: 'Selon l’appareil\u00a0; non vérifié.',
  knownDevice: (date) => `Vous avez accepté cet appareil le ${date}.`,
  knownDeviceAsksForMore: 'Il demande maintenant plus que ce que vous lui avez accordé.',
  warnings: {
    sameDevice:
      'La demande vient du navigateur que vous utilisez en ce moment. Vouliez-vous associer un autre appareil\u00a0?',
    otherNetwork: 'L’appareil n’est pas sur le même réseau que vous. Est-il vraiment devant vous\u00a0?',
    otherCountry:
      'L’appareil semble se trouver dans un autre pays. Si vous n’avez pas lancé cette demande vous-même, refusez.',
    maybeSameDevice:
      'La demande vient peut-être de l’appareil que vous utilisez en ce moment. Vouliez-vous associer un autre appareil\u00a0?',
    unknownNetwork:
      'Cette page ne peut pas savoir si l’appareil est sur votre réseau. Est-il vraiment devant vous\u00a0?',
    unknownCountry:
      'Cette page ne peut pas savoir si l’appareil se trouve dans votre pays. Si vous n’avez pas lancé cette demande vous-même, refusez.',
    old: 'L’appareil a fait cette demande il y a plusieurs minutes. Le code est-il encore à l’écran\u00a0?',
  },
  ownDevice: 'J’ai lancé cette connexion moi-même, sur l’appareil qui est devant moi.',
  decline: 'Refuser',
  approve: 'Accepter',
  doneTitle: 'Appareil associé',
  doneText: 'Revenez à votre appareil\u00a0: il continue tout seul. Vous pouvez fermer cette page.',
  numberTitle: 'Encore une étape',
  numberText: 'Saisissez ce nombre sur votre appareil pour terminer\u00a0:',
  deniedTitle: 'Demande refusée',
  deniedText:
    'L’appareil n’a pas été associé. Pour recommencer, revenez à votre appareil. Vous pouvez fermer cette page.',
  errors: {
    invalidRequest: {
      title: 'Cela n’a pas fonctionné',
      text: 'La page a envoyé des données incompréhensibles. Recommencez depuis votre appareil.',
    },
    crossOrigin: {
      title: 'Impossible depuis cet endroit',
      text: 'Cette demande vient d’un autre site\u00a0; rien n’a été modifié.',
    },
    alreadyAnswered: {
      title: 'Réponse déjà donnée',
      text: 'Une réponse a déjà été donnée à cette demande. Rien n’a été modifié.',
    },
    notFound: {
      title: 'Ce code n’est plus valide',
      text: 'Ce code n’est pas valide. Il a peut-être expiré ou déjà été utilisé. Recommencez sur votre appareil.',
    },
    limited: {
      title: 'Trop de tentatives',
      text: 'Trop de codes ont été essayés, ou trop d’appareils associés.',
    },
    refused: {
      title: 'Impossible depuis cet endroit',
      text: 'Vous ne pouvez pas accepter cette demande d’où vous êtes. Si vous ne l’avez pas lancée vous-même, revenez en arrière et refusez.',
    },
    refusedNetwork: {
      title: 'Impossible depuis cet endroit',
      text: 'Cette demande ne peut être acceptée que depuis le réseau de votre appareil. Si vous l’avez lancée vous-même, connectez-vous à ce réseau, sans VPN ni données mobiles, puis revenez en arrière et réessayez. Si quelqu’un vous a envoyé le code, revenez en arrière et refusez.',
    },
    unavailable: {
      title: 'Veuillez réessayer',
      text: 'Le serveur est occupé. Si vous veniez de répondre, regardez d’abord votre appareil\u00a0: cela a peut-être fonctionné.',
    },
    failed: {
      title: 'Une erreur est survenue',
      text: 'Le serveur a rencontré une erreur. Si vous veniez de répondre, regardez d’abord votre appareil\u00a0: cela a peut-être fonctionné.',
    },
  },
  retryAfter: (seconds) => `Réessayez ${timeUntil('fr', seconds)}.`,
  startAgain: 'Saisir un code',
  devices: {
    title: 'Vos appareils',
    none: 'Aucun appareil n’est connecté à votre compte.',
    since: (date) => `Connecté le ${date}`,
    lastUsed: (date) => `Dernière utilisation le ${date}`,
    neverUsed: 'Pas encore utilisé',
    name: 'Nom',
    rename: 'Renommer',
    signOut: 'Déconnecter',
    signOutAll: 'Déconnecter tous les appareils',
    signOutAllText: 'Tous les appareils de cette liste devront être associés à nouveau.',
    connect: 'Associer un appareil',
    newer: 'Appareils plus récents',
    older: 'Appareils plus anciens',
    renamed: 'L’appareil a un nouveau nom.',
    signedOut: 'L’appareil est déconnecté.',
    signedOutAll: 'Tous les appareils sont déconnectés.',
    gone: 'Cet appareil n’est pas connecté à votre compte.',
  },
}
