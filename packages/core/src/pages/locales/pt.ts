import type { Messages } from '../../contract/pages/messages.ts'
import { timeAgo, timeUntil } from './time.ts'

/** The texts in Brazilian Portuguese. */
export const portuguese: Messages = {
  language: 'pt-BR',
  direction: 'ltr',
  signInTitle: 'Primeiro, faça login',
  signInText: 'Faça login na sua conta e depois volte a esta página para conectar seu dispositivo.',
  signInLink: 'Fazer login',
  enterTitle: 'Conectar um dispositivo',
  enterLabel: 'Código mostrado no seu dispositivo',
  enterHint: 'Em maiúsculas ou minúsculas, com ou sem hífen.',
  continue: 'Continuar',
  signedInAs: 'Conectado como',
  switchAccount: 'Não é você? Trocar de conta',
  notices: {
    unknownCode:
      'Este código não é válido. Olhe de novo para o seu dispositivo: o código pode ter expirado ou já ter sido usado.',
    missingCode: 'Digite o código mostrado no seu dispositivo.',
    accountChanged: 'Esta página estava desatualizada ou você trocou de conta. Tente de novo.',
    typeCode: 'Digite você o código exibido no seu dispositivo.',
  },
  confirmNotices: {
    notTicked: 'Marque primeiro a caixa se você iniciou este acesso no seu próprio dispositivo.',
    tooSoon: 'Foi rápido demais. Leia a página e depois responda.',
  },
  confirmTitle: 'Conectar este dispositivo?',
  confirmCompare: 'Este é o código mostrado no seu dispositivo?',
  confirmPossession:
    'Outro dispositivo está pedindo para usar sua conta. Aprove somente se ele estiver na sua frente e se foi você quem iniciou este pedido. Se alguém enviou este código a você, recuse.',
  client: 'Aplicativo',
  account: 'Sua conta',
  scopes: 'Ele poderá',
  noScopes: 'Saber quem você é',
  device: 'Dispositivo',
  bindingMessage: 'Mensagem',
  deviceWords: 'São palavras do dispositivo, não nossas. A tela dele deve mostrar as mesmas.',
  askedFrom: 'Pedido feito de',
  asked: 'Pedido feito',
  age: (seconds) => timeAgo('pt-BR', seconds, 'agora mesmo'),
  unverifiedClient: 'Este aplicativo não tem como provar quem é.',
  privacyPolicy: 'Política de privacidade',
  terms: 'Termos de serviço',
  attestedBy: 'O fabricante responde por este dispositivo:',
  unverifiedRequester: 'Segundo o dispositivo; não verificado.',
  knownDevice: (date) => `Você aprovou este dispositivo em ${date}.`,
  knownDeviceAsksForMore: 'Agora ele pede mais do que você permitiu.',
  warnings: {
    sameDevice: 'O pedido veio do navegador que você está usando agora. Você queria conectar outro dispositivo?',
    otherNetwork: 'O dispositivo está em uma rede diferente da sua. Ele está mesmo na sua frente?',
    otherCountry: 'O dispositivo parece estar em outro país. Se você não iniciou este pedido, recuse.',
    maybeSameDevice:
      'O pedido pode ter vindo do dispositivo que você está usando agora. Você queria conectar outro dispositivo?',
    unknownNetwork: 'Esta página não consegue saber se o dispositivo está na sua rede. Ele está mesmo na sua frente?',
    unknownCountry:
      'Esta página não consegue saber se o dispositivo está no seu país. Se você não iniciou este pedido, recuse.',
    old: 'O dispositivo fez o pedido há alguns minutos. O código ainda está na tela?',
  },
  ownDevice: 'Este acesso foi iniciado por mim, no meu próprio dispositivo.',
  decline: 'Recusar',
  approve: 'Aprovar',
  doneTitle: 'Dispositivo conectado',
  doneText: 'Volte ao seu dispositivo: ele vai continuar sozinho. Você pode fechar esta página.',
  numberTitle: 'Só mais um passo',
  numberText: 'Digite este número no seu dispositivo para concluir:',
  deniedTitle: 'Pedido recusado',
  deniedText:
    'O dispositivo não foi conectado. Se quiser começar de novo, volte ao seu dispositivo. Você pode fechar esta página.',
  errors: {
    invalidRequest: {
      title: 'Não deu certo',
      text: 'A página enviou algo que não foi possível entender. Comece de novo no seu dispositivo.',
    },
    crossOrigin: {
      title: 'Não é possível daqui',
      text: 'Este pedido veio de outro site, por isso nada foi alterado.',
    },
    alreadyAnswered: {
      title: 'Pedido já respondido',
      text: 'Este pedido já tinha sido respondido. Nada foi alterado.',
    },
    notFound: {
      title: 'Não é mais válido',
      text: 'Este código não é válido. Ele pode ter expirado ou já ter sido usado. Comece de novo no seu dispositivo.',
    },
    limited: {
      title: 'Tentativas demais',
      text: 'Foram testados códigos demais ou conectados dispositivos demais.',
    },
    refused: {
      title: 'Não é possível daqui',
      text: 'Você não pode aprovar este pedido de onde está. Se não foi você quem o iniciou, volte e recuse.',
    },
    refusedNetwork: {
      title: 'Não é possível daqui',
      text: 'Este pedido só pode ser aprovado a partir da rede em que está o seu dispositivo. Se foi você quem o iniciou, conecte-se a essa rede, sem VPN nem dados móveis, depois volte e tente de novo. Se alguém lhe enviou o código, volte e recuse.',
    },
    unavailable: {
      title: 'Tente de novo',
      text: 'O servidor está ocupado. Se você acabou de responder, olhe primeiro para o seu dispositivo: pode ter dado certo.',
    },
    failed: {
      title: 'Algo deu errado',
      text: 'O servidor falhou. Se você acabou de responder, olhe primeiro para o seu dispositivo: pode ter dado certo.',
    },
  },
  retryAfter: (seconds) => `Tente de novo ${timeUntil('pt-BR', seconds)}.`,
  startAgain: 'Digitar um código',
  devices: {
    title: 'Seus dispositivos',
    none: 'Nenhum dispositivo está conectado à sua conta.',
    since: (date) => `Conectado em ${date}`,
    lastUsed: (date) => `Último uso em ${date}`,
    neverUsed: 'Ainda não usado',
    name: 'Nome',
    rename: 'Renomear',
    signOut: 'Desconectar',
    signOutAll: 'Desconectar todos os dispositivos',
    signOutAllText: 'Todos os dispositivos desta lista terão de ser conectados de novo.',
    connect: 'Conectar um dispositivo',
    newer: 'Dispositivos mais recentes',
    older: 'Dispositivos mais antigos',
    renamed: 'O dispositivo tem um novo nome.',
    signedOut: 'O dispositivo foi desconectado.',
    signedOutAll: 'Todos os dispositivos foram desconectados.',
    gone: 'Esse dispositivo não está conectado à sua conta.',
  },
}
