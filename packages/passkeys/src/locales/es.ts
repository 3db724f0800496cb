import type { PasskeyTexts } from '../texts.ts'

/** The texts in Spanish. */
export const spanish: PasskeyTexts = {
  confirm: 'Usted aprueba con su clave de acceso.',
  failed: 'La clave de acceso no funcionó, o usted canceló. Apruebe de nuevo para reintentarlo, o rechace.',
  missing:
    'Para aprobar este dispositivo necesita una clave de acceso y aún no tiene ninguna. Añada una y vuelva a introducir el código.',
  enrol: 'Añadir una clave de acceso',
  noScript:
    'Este paso necesita JavaScript, que está desactivado en este navegador. Puede rechazar aquí o aprobar en otro navegador.',
  title: 'Sus claves de acceso',
  about:
    'Con una clave de acceso aprueba un dispositivo nuevo con el dedo, la cara o un PIN. Solo funciona en este sitio: ningún otro puede usarla.',
  signInAgain: 'Para añadir o quitar una clave de acceso, primero inicie sesión de nuevo.',
  add: 'Añadir una clave de acceso',
  remove: 'Quitar',
  passkeyOf: (date) => `Clave de acceso del ${date}`,
  lastUsed: (date) => `último uso: ${date}`,
  synced: 'Sincronizada en sus dispositivos',
  oneDevice: 'En un solo dispositivo',
  added: 'La clave de acceso se ha añadido.',
  removed: 'La clave de acceso se ha quitado.',
  unchanged: 'No se ha cambiado nada. Vuelva a cargar esta página e inténtelo otra vez.',
}
