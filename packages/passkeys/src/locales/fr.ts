import type { PasskeyTexts } from '../texts.ts'

/** The texts in French. */
export const french: PasskeyTexts = {
  confirm: 'Vous approuvez avec votre clé d’accès.',
  failed: 'La clé d’accès n’a pas fonctionné, ou vous avez annulé. Approuvez de nouveau pour réessayer, ou refusez.',
  missing:
    'Pour approuver cet appareil, il faut une clé d’accès, et vous n’en avez pas encore. Ajoutez-en une, puis saisissez de nouveau le code.',
  enrol: 'Ajouter une clé d’accès',
  noScript:
    'Cette étape a besoin de JavaScript, qui est désactivé dans ce navigateur. Vous pouvez refuser ici, ou approuver dans un autre navigateur.',
  title: 'Vos clés d’accès',
  about:
    'Avec une clé d’accès, vous approuvez un nouvel appareil par votre doigt, votre visage ou un code. Elle ne fonctionne que sur ce site : aucun autre ne peut l’utiliser.',
  signInAgain: 'Pour ajouter ou retirer une clé d’accès, connectez-vous d’abord de nouveau.',
  add: 'Ajouter une clé d’accès',
  remove: 'Retirer',
  passkeyOf: (date) => `Clé d’accès du ${date}`,
  lastUsed: (date) => `utilisée le ${date}`,
  synced: 'Synchronisée sur vos appareils',
  oneDevice: 'Sur un seul appareil',
  added: 'La clé d’accès est ajoutée.',
  removed: 'La clé d’accès est retirée.',
  unchanged: 'Rien n’a été modifié. Rechargez cette page et réessayez.',
}
