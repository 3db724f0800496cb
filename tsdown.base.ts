import type { UserConfig } from 'tsdown'

/**
 * What all packages are built with. The build strips types and joins files, and changes nothing else: an optimiser that
 * takes `decodeURIComponent` for a function without effect has removed a `try` that was there for what it throws.
 */
export const base = {
  format: ['esm', 'cjs'],
  dts: true,
  sourcemap: true,
  platform: 'node',
  target: 'node20.19',
  treeshake: false,
  minify: false,
} satisfies UserConfig
