import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: { postgres: 'src/postgres/index.ts', redis: 'src/redis/index.ts', sqlite: 'src/sqlite/index.ts' },
  format: ['esm', 'cjs'],
  dts: true,
  sourcemap: true,
  platform: 'node',
  target: 'node20.19',
})
