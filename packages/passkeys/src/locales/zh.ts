import type { PasskeyTexts } from '../texts.ts'

/** The texts in simplified Chinese. */
export const chinese: PasskeyTexts = {
  confirm: '您将使用通行密钥批准。',
  failed: '通行密钥未能使用，或您已取消。请再次批准重试，或拒绝。',
  missing: '批准此设备需要通行密钥，而您还没有。请先添加一个，然后重新输入代码。',
  enrol: '添加通行密钥',
  noScript: '此步骤需要 JavaScript，但此浏览器已将其关闭。您可以在此拒绝，或在其他浏览器中批准。',
  title: '您的通行密钥',
  about: '有了通行密钥，您可以用指纹、面容或 PIN 批准新设备。它只在此网站有效，其他网站无法使用。',
  signInAgain: '要添加或移除通行密钥，请先重新登录。',
  add: '添加通行密钥',
  remove: '移除',
  passkeyOf: (date) => `${date} 的通行密钥`,
  lastUsed: (date) => `上次使用：${date}`,
  synced: '已在您的设备间同步',
  oneDevice: '仅在一台设备上',
  added: '通行密钥已添加。',
  removed: '通行密钥已移除。',
  unchanged: '未做任何更改。请重新加载此页面再试一次。',
}
