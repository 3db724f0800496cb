export { FileTokenStore, type FileTokenStoreOptions } from './node/file-token-store.ts'
