/**
 * Tools for tests of an application, those of `@device-auth/core/testing`: a clock, a user who clicks through the pages, a store
 * that fails on purpose. An application that has installed this package alone finds them here.
 *
 * @module
 */

export * from '@device-auth/core/testing'
