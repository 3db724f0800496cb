/**
 * The contract of passkey stores, for the tests of a store of your own.
 *
 * @module
 * @see {@link https://www.w3.org/TR/webauthn-3/#sctn-sign-counter Web Authentication Level 3, signature counters}
 */
export { type PasskeyStoreCase, passkeyStoreContract } from './store-contract.ts'
