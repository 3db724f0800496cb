import type { Messages } from '../../contract/pages/messages.ts'
import { timeAgo, timeUntil } from './time.ts'

/** The Japanese texts. */
export const japanese: Messages = {
  language: 'ja',
  direction: 'ltr',
  signInTitle: '先にログインしてください',
  signInText: 'アカウントにログインしてからこのページに戻り、デバイスを接続してください。',
  signInLink: 'ログイン',
  enterTitle: 'デバイスを接続',
  enterLabel: 'デバイスに表示されているコード',
  enterHint: 'ハイフンは不要です。',
  continue: '次へ',
  signedInAs: 'ログイン中のアカウント：',
  switchAccount: 'ご本人ではありませんか？アカウントを切り替える',
  notices: {
    unknownCode:
      'このコードは無効です。デバイスをもう一度ご確認ください。コードの有効期限が切れたか、すでに使用された可能性があります。',
    missingCode: 'デバイスに表示されているコードを入力してください。',
    accountChanged: 'このページが古くなったか、アカウントが切り替わりました。もう一度お試しください。',
    typeCode: 'デバイスに表示されているコードをご自身で入力してください。',
  },
  confirmNotices: {
    notTicked: 'ご自身のデバイスでこのログインを開始した場合は、先にチェックボックスをオンにしてください。',
    tooSoon: '操作が早すぎます。ページの内容を確認してからお答えください。',
  },
  confirmTitle: 'このデバイスを接続しますか？',
  confirmCompare: 'デバイスに表示されているコードと同じですか？',
  declineIfSent: 'このコードが誰かから送られてきたものであれば、拒否してください。',
  client: 'アプリ',
  account: 'あなたのアカウント',
  scopes: '許可される操作',
  noScopes: 'あなたが誰であるかの確認',
  device: 'デバイス',
  bindingMessage: 'メッセージ',
  deviceWords:
    'これはデバイスが送った文言で、当サイトのものではありません。デバイスの画面に同じ文言が表示されている必要があります。',
  askedFrom: 'リクエスト元',
  asked: 'リクエスト日時',
  age: (seconds) => timeAgo('ja', seconds, 'たった今'),
  unverifiedClient: 'このアプリの身元は確認できません。',
  privacyPolicy: 'プライバシーポリシー',
  terms: '利用規約',
  attestedBy: '製造元がこのデバイスを保証しています：',
  unverifiedRequester: 'デバイスの申告によるもので、確認されていません。',
  knownDevice: (date) => `このデバイスは${date}に許可しています。`,
  knownDeviceAsksForMore: '今回は、そのとき許可した内容より多くを求めています。',
  warnings: {
    sameDevice: 'このリクエストは、今お使いのブラウザから送信されました。別のデバイスを接続するつもりでしたか？',
    otherNetwork: 'デバイスはあなたとは別のネットワークにあります。本当に目の前にありますか？',
    otherCountry: 'デバイスは別の国にあるようです。ご自分で始めた操作でなければ、拒否してください。',
    maybeSameDevice:
      'このリクエストは、今お使いのデバイスから送信された可能性があります。別のデバイスを接続するつもりでしたか？',
    unknownNetwork:
      'デバイスがあなたと同じネットワークにあるかどうか、このページでは確認できません。本当に目の前にありますか？',
    unknownCountry:
      'デバイスがあなたと同じ国にあるかどうか、このページでは確認できません。ご自分で始めた操作でなければ、拒否してください。',
    old: 'デバイスからのリクエストは数分前のものです。コードはまだ画面に表示されていますか？',
  },
  ownDevice: '目の前のデバイスで、自分でこのログインを開始しました。',
  decline: '拒否',
  approve: '許可',
  doneTitle: 'デバイスを接続しました',
  doneText: 'デバイスに戻ってください。自動的に続行されます。このページは閉じてかまいません。',
  numberTitle: 'あと 1 ステップです',
  numberText: '完了するには、次の番号をデバイスに入力してください：',
  deniedTitle: '拒否しました',
  deniedText:
    'デバイスは接続されませんでした。やり直す場合はデバイスに戻ってください。このページは閉じてかまいません。',
  errors: {
    invalidRequest: {
      title: '処理できませんでした',
      text: 'ページから送信された内容を認識できませんでした。デバイスで最初からやり直してください。',
    },
    crossOrigin: {
      title: 'ここからは操作できません',
      text: 'このリクエストは別のサイトから送信されたため、何も変更されていません。',
    },
    alreadyAnswered: {
      title: 'すでに回答済みです',
      text: 'このリクエストにはすでに回答しています。何も変更されていません。',
    },
    notFound: {
      title: '有効ではなくなりました',
      text: 'このコードは無効です。有効期限が切れたか、すでに使用された可能性があります。デバイスで最初からやり直してください。',
    },
    limited: {
      title: '試行回数が多すぎます',
      text: '試したコードまたは接続したデバイスの数が多すぎます。',
    },
    refused: {
      title: 'ここからは操作できません',
      text: '今いる場所からは、このリクエストを許可できません。ご自分で始めた操作でなければ、前のページに戻って拒否してください。',
    },
    refusedNetwork: {
      title: 'ここからは操作できません',
      text: 'このリクエストは、デバイスと同じネットワークからのみ許可できます。ご自分で始めた操作であれば、仮想プライベートネットワークやモバイルデータ通信を使わずにそのネットワークに接続し、前のページに戻ってもう一度お試しください。誰かからコードが送られてきた場合は、前のページに戻って拒否してください。',
    },
    unavailable: {
      title: 'もう一度お試しください',
      text: 'サーバーが混み合っています。回答した直後であれば、まずデバイスをご確認ください。処理が完了している可能性があります。',
    },
    failed: {
      title: '問題が発生しました',
      text: 'サーバーでエラーが発生しました。回答した直後であれば、まずデバイスをご確認ください。処理が完了している可能性があります。',
    },
  },
  retryAfter: (seconds) => `${timeUntil('ja', seconds)}にもう一度お試しください。`,
  startAgain: 'コードを入力',
  devices: {
    title: 'あなたのデバイス',
    none: 'あなたのアカウントにログインしているデバイスはありません。',
    since: (date) => `ログイン：${date}`,
    lastUsed: (date) => `最終使用：${date}`,
    neverUsed: 'まだ使用されていません',
    name: '名前',
    rename: '名前を変更',
    signOut: 'ログアウト',
    signOutAll: 'すべてのデバイスからログアウト',
    signOutAllText: 'ここに表示されているデバイスは、すべて接続し直す必要があります。',
    connect: 'デバイスを接続',
    newer: '新しいデバイス',
    older: '以前のデバイス',
    renamed: 'デバイスの名前を変更しました。',
    signedOut: 'デバイスからログアウトしました。',
    signedOutAll: 'すべてのデバイスからログアウトしました。',
    gone: 'そのデバイスはあなたのアカウントにログインしていません。',
  },
}
