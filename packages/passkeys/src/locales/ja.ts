import type { PasskeyTexts } from '../texts.ts'

/** The texts in Japanese. */
export const japanese: PasskeyTexts = {
  confirm: 'パスキーで承認します。',
  failed: 'パスキーを使えなかったか、キャンセルされました。もう一度承認するか、拒否してください。',
  missing:
    'このデバイスの承認にはパスキーが必要ですが、まだありません。パスキーを追加してから、もう一度コードを入力してください。',
  enrol: 'パスキーを追加',
  noScript:
    'この操作には JavaScript が必要ですが、このブラウザーでは無効になっています。ここで拒否するか、別のブラウザーで承認してください。',
  title: 'パスキー',
  about:
    'パスキーがあれば、指紋、顔、または PIN で新しいデバイスを承認できます。このサイトでしか使えないため、ほかのサイトに悪用されません。',
  signInAgain: 'パスキーを追加または削除するには、先にもう一度ログインしてください。',
  add: 'パスキーを追加',
  remove: '削除',
  passkeyOf: (date) => `${date} に作成したパスキー`,
  lastUsed: (date) => `最終使用日 ${date}`,
  synced: 'お使いのデバイス間で同期',
  oneDevice: '1 台のデバイスのみ',
  added: 'パスキーを追加しました。',
  removed: 'パスキーを削除しました。',
  unchanged: '何も変更されませんでした。ページを再読み込みして、もう一度お試しください。',
}
