import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = new URL('..', import.meta.url)
const homes: Readonly<Record<string, string>> = {
  nest10: 'frameworks/nest-10/package.json',
  nest11: 'frameworks/nest-11/package.json',
  nest12: 'packages/nest/package.json',
}

/** The slice of Vite's plugins that this is. */
interface Resolver {
  readonly name: string
  readonly enforce: 'pre'
  resolveId(id: string, importer?: string): string | undefined
}

/**
 * `nest10`, `nest11` and `nest12` are packages/nest/test/nest.ts and all that it imports of ours, once for each major of
 * Nest: the packages of one major must find one another, which aliases of npm cannot do.
 */
export function nestMajors(): Resolver {
  return {
    name: 'nest-majors',
    enforce: 'pre',
    resolveId(id, importer = '') {
      if (id in homes) return `${fileURLToPath(new URL('packages/nest/test/nest.ts', root))}?${id}`
      const major = /\?(nest\d+)$/.exec(importer)?.[1]
      if (major === undefined) return undefined
      if (id.startsWith('.')) {
        const from = pathToFileURL(importer.slice(0, -major.length - 1))
        return `${fileURLToPath(new URL(id, from))}?${major}`
      }
      if (!id.startsWith('@nestjs/')) return undefined
      return createRequire(new URL(homes[major] ?? '', root)).resolve(id)
    },
  }
}
