import { defineConfig } from 'tsdown'
import { base } from '../../tsdown.base.ts'

export default defineConfig({
  ...base,
  entry: { postgres: 'src/postgres/index.ts', redis: 'src/redis/index.ts', sqlite: 'src/sqlite/index.ts' },
})
