import type { PasskeyTexts } from '../texts.ts'

/** The texts in Brazilian Portuguese. */
export const portuguese: PasskeyTexts = {
  confirm: 'Você aprova com sua chave de acesso.',
  failed: 'A chave de acesso não funcionou, ou você cancelou. Aprove de novo para tentar outra vez, ou recuse.',
  missing:
    'Para aprovar este dispositivo é preciso uma chave de acesso, e você ainda não tem nenhuma. Adicione uma e digite o código de novo.',
  enrol: 'Adicionar uma chave de acesso',
  noScript:
    'Esta etapa precisa de JavaScript, que está desativado neste navegador. Você pode recusar aqui ou aprovar em outro navegador.',
  title: 'Suas chaves de acesso',
  about:
    'Com uma chave de acesso você aprova um novo dispositivo pelo dedo, pelo rosto ou por um PIN. Ela funciona somente neste site: nenhum outro pode usá-la.',
  signInAgain: 'Para adicionar ou remover uma chave de acesso, entre de novo primeiro.',
  add: 'Adicionar uma chave de acesso',
  remove: 'Remover',
  passkeyOf: (date) => `Chave de acesso de ${date}`,
  lastUsed: (date) => `último uso em ${date}`,
  synced: 'Sincronizada nos seus dispositivos',
  oneDevice: 'Em um só dispositivo',
  added: 'A chave de acesso foi adicionada.',
  removed: 'A chave de acesso foi removida.',
  unchanged: 'Nada foi alterado. Recarregue esta página e tente outra vez.',
}
