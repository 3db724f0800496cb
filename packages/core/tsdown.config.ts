import { defineConfig } from 'tsdown'
import { base } from '../../tsdown.base.ts'

export default defineConfig({
  ...base,
  entry: {
    index: 'src/index.ts',
    node: 'src/node.ts',
    fetch: 'src/fetch.ts',
    stores: 'src/stores/index.ts',
    testing: 'src/testing.ts',
  },
})
