import type { Messages } from '../../contract/pages/messages.ts'
import { timeAgo, timeUntil } from './time.ts'

/** The Spanish texts. */
export const spanish: Messages = {
  language: 'es',
  direction: 'ltr',
  signInTitle: 'Primero, inicie sesión',
  signInText: 'Inicie sesión en su cuenta y después vuelva a esta página para conectar su dispositivo.',
  signInLink: 'Iniciar sesión',
  enterTitle: 'Conectar un dispositivo',
  enterLabel: 'Código que muestra su dispositivo',
  enterHint: 'En mayúsculas o minúsculas, con o sin guion.',
  continue: 'Continuar',
  signedInAs: 'Sesión iniciada como',
  switchAccount: '¿No es usted? Cambiar de cuenta',
  notices: {
    unknownCode:
      'Este código no es válido. Mire de nuevo su dispositivo: puede que el código haya caducado o ya se haya usado.',
    missingCode: 'Escriba el código que muestra su dispositivo.',
    accountChanged: 'Esta página estaba desactualizada o ha cambiado de cuenta. Inténtelo de nuevo.',
    typeCode: 'Escriba usted el código que muestra su dispositivo.',
  },
  confirmNotices: {
    notTicked: 'Marque primero la casilla si inició esta conexión en su propio dispositivo.',
    tooSoon: 'Ha sido muy rápido. Lea la página y después responda.',
  },
  confirmTitle: '¿Conectar este dispositivo?',
  confirmCompare: '¿Es este el código que muestra su dispositivo?',
  confirmPossession:
    'Otro dispositivo solicita usar su cuenta. Acepte solo si lo tiene delante y ha iniciado usted la solicitud. Si alguien le ha enviado este código, rechácela.',
  client: 'Aplicación',
  account: 'Su cuenta',
  scopes: 'Podrá',
  noScopes: 'Saber quién es usted',
  device: 'Dispositivo',
  bindingMessage: 'Mensaje',
  deviceWords: 'Son palabras del dispositivo, no nuestras. Su pantalla debe mostrar las mismas.',
  askedFrom: 'Solicitado desde',
  asked: 'Solicitado',
  age: (seconds) => timeAgo('es', seconds, 'ahora mismo'),
  unverifiedClient: 'Esta aplicación no puede demostrar su identidad.',
  privacyPolicy: 'Política de privacidad',
  terms: 'Condiciones del servicio',
  attestedBy: 'El fabricante responde por este dispositivo:',
  unverifiedRequester: 'Según el dispositivo; sin verificar.',
  knownDevice: (date) => `Usted aceptó este dispositivo el ${date}.`,
  knownDeviceAsksForMore: 'Ahora pide más de lo que usted le permitió.',
  warnings: {
    sameDevice: 'La solicitud procede del navegador que está usando ahora. ¿Quería conectar otro dispositivo?',
    otherNetwork: 'El dispositivo está en una red distinta de la suya. ¿De verdad lo tiene delante?',
    otherCountry: 'Parece que el dispositivo está en otro país. Si no ha iniciado usted la solicitud, rechácela.',
    maybeSameDevice:
      'Es posible que la solicitud proceda del dispositivo que está usando ahora. ¿Quería conectar otro dispositivo?',
    unknownNetwork: 'Esta página no puede saber si el dispositivo está en su red. ¿De verdad lo tiene delante?',
    unknownCountry:
      'Esta página no puede saber si el dispositivo está en su país. Si no ha iniciado usted la solicitud, rechácela.',
    old: 'El dispositivo hizo la solicitud hace varios minutos. ¿Sigue el código en la pantalla?',
  },
  ownDevice: 'He iniciado esta conexión por mi cuenta, en mi propio dispositivo.',
  decline: 'Rechazar',
  approve: 'Aceptar',
  doneTitle: 'Dispositivo conectado',
  doneText: 'Vuelva a su dispositivo: continuará automáticamente. Puede cerrar esta página.',
  numberTitle: 'Un paso más',
  numberText: 'Introduzca este número en su dispositivo para terminar:',
  deniedTitle: 'Solicitud rechazada',
  deniedText:
    'El dispositivo no se ha conectado. Si quiere empezar de nuevo, vuelva a su dispositivo. Puede cerrar esta página.',
  errors: {
    invalidRequest: {
      title: 'No ha funcionado',
      text: 'La página ha enviado algo que no se ha podido entender. Empiece de nuevo desde su dispositivo.',
    },
    crossOrigin: {
      title: 'No desde aquí',
      text: 'Esta solicitud procede de otro sitio web, así que no se ha cambiado nada.',
    },
    alreadyAnswered: {
      title: 'Ya se ha respondido',
      text: 'Esta solicitud ya se había respondido. No se ha cambiado nada.',
    },
    notFound: {
      title: 'Ya no es válido',
      text: 'Este código no es válido. Puede que haya caducado o ya se haya usado. Empiece de nuevo en su dispositivo.',
    },
    limited: {
      title: 'Demasiados intentos',
      text: 'Se han probado demasiados códigos o se han conectado demasiados dispositivos.',
    },
    refused: {
      title: 'No desde aquí',
      text: 'No puede aceptar esta solicitud desde donde está. Si no la ha iniciado usted, vuelva atrás y rechácela.',
    },
    refusedNetwork: {
      title: 'No desde aquí',
      text: 'Esta solicitud solo se puede aceptar desde la red en la que está su dispositivo. Si la ha iniciado usted, conéctese a esa red, sin VPN ni datos móviles, vuelva atrás e inténtelo de nuevo. Si alguien le ha enviado el código, vuelva atrás y rechácela.',
    },
    unavailable: {
      title: 'Inténtelo de nuevo',
      text: 'El servidor está ocupado. Si acababa de responder, mire primero su dispositivo: puede que haya funcionado.',
    },
    failed: {
      title: 'Se ha producido un error',
      text: 'El servidor ha fallado. Si acababa de responder, mire primero su dispositivo: puede que haya funcionado.',
    },
  },
  retryAfter: (seconds) => `Vuelva a intentarlo ${timeUntil('es', seconds)}.`,
  startAgain: 'Introducir un código',
  devices: {
    title: 'Sus dispositivos',
    none: 'No hay ningún dispositivo con la sesión iniciada en su cuenta.',
    since: (date) => `Sesión iniciada el ${date}`,
    lastUsed: (date) => `Último uso: ${date}`,
    neverUsed: 'Aún sin usar',
    name: 'Nombre',
    rename: 'Cambiar nombre',
    signOut: 'Cerrar sesión',
    signOutAll: 'Cerrar sesión en todos los dispositivos',
    signOutAllText: 'Tendrá que volver a conectar todos los dispositivos de esta lista.',
    connect: 'Conectar un dispositivo',
    newer: 'Dispositivos más recientes',
    older: 'Dispositivos anteriores',
    renamed: 'El dispositivo tiene un nombre nuevo.',
    signedOut: 'Se ha cerrado la sesión del dispositivo.',
    signedOutAll: 'Se ha cerrado la sesión en todos los dispositivos.',
    gone: 'Ese dispositivo no tiene la sesión iniciada en su cuenta.',
  },
}
