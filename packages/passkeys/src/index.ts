/**
 * A passkey at the approval of a device sign-in. {@link passkeyApproval} makes the option `approval` of `createDeviceAuth`.
 *
 * @module
 * @see {@link https://www.w3.org/TR/webauthn-3/ Web Authentication Level 3}
 */
export { MemoryPasskeyStore } from './memory-passkey-store.ts'
export type { PasskeyApprovalOptions, PasskeyPolicy } from './options.ts'
export type { Passkey, PasskeySource, PasskeyStore, PasskeyUse } from './passkey.ts'
export { passkeyApproval } from './passkey-approval.ts'
export type { PasskeyTexts } from './texts.ts'
