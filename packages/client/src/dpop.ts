// Tokens that are bound to a key: an entry point of its own, so that only those who use DPoP carry it

export { createDpopProver, type DpopProver } from './auth/dpop.ts'
export type { DpopKey, DpopKeyPair, DpopSigner } from './auth/dpop-key.ts'
export type { SigningAlgorithm, SigningKey } from './auth/jwt.ts'
export { type DpopKeys, dpopKeys } from './storage/kept-key.ts'
