export { FileTokenStore, type FileTokenStoreOptions } from './storage/file-token-store.ts'
