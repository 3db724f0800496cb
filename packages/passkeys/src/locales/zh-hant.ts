import type { PasskeyTexts } from '../texts.ts'

/** The texts in traditional Chinese. */
export const traditionalChinese: PasskeyTexts = {
  confirm: '您將以通行密鑰核准。',
  failed: '通行密鑰無法使用，或您已取消。請再次核准重試，或拒絕。',
  missing: '核准此裝置需要通行密鑰，而您還沒有。請先新增一個，然後重新輸入代碼。',
  enrol: '新增通行密鑰',
  noScript: '此步驟需要 JavaScript，但此瀏覽器已將其關閉。您可以在此拒絕，或在其他瀏覽器中核准。',
  title: '您的通行密鑰',
  about: '有了通行密鑰，您可以用指紋、臉部或 PIN 核准新裝置。它只在此網站有效，其他網站無法使用。',
  signInAgain: '要新增或移除通行密鑰，請先重新登入。',
  add: '新增通行密鑰',
  remove: '移除',
  passkeyOf: (date) => `${date} 的通行密鑰`,
  lastUsed: (date) => `上次使用：${date}`,
  synced: '已在您的裝置間同步',
  oneDevice: '僅在一部裝置上',
  added: '通行密鑰已新增。',
  removed: '通行密鑰已移除。',
  unchanged: '未做任何變更。請重新載入此頁面再試一次。',
}
