import { defineConfig } from 'tsdown'
import { base } from '../../tsdown.base.ts'

export default defineConfig({
  ...base,
  entry: {
    index: 'src/index.ts',
    node: 'src/node.ts',
    jose: 'src/jose.ts',
    dpop: 'src/dpop.ts',
    'token-exchange': 'src/token-exchange.ts',
    testing: 'src/testing/index.ts',
  },
  target: 'es2022',
})
