import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = new URL('..', import.meta.url)
const homes: Readonly<Record<string, string>> = {
  nest10: 'frameworks/nest-10/package.json',
  nest11: 'frameworks/nest-11/package.json',
  nest12: 'packages/nest/package.json',
}
const applications: Readonly<Record<string, string>> = {
  nest: 'packages/nest/test/nest.ts',
  'passport-nest': 'packages/passport/test/nest.ts',
}

/** The used part of Vite's plugin type. */
interface Resolver {
  readonly name: string
  readonly enforce: 'pre'
  resolveId(id: string, importer?: string): string | undefined
}

/**
 * Resolves `nest10`, `nest11` and `nest12` to packages/nest/test/nest.ts and our modules that it imports, once for each
 * major version of Nest; `passport-nest10` and so on do the same for packages/passport. Aliases of npm cannot do this,
 * because the packages of one major version import one another by their own names.
 */
export function nestMajors(): Resolver {
  return {
    name: 'nest-majors',
    enforce: 'pre',
    resolveId(id, importer = '') {
      const [, application = '', number] = /^([a-z-]*nest)(\d+)$/.exec(id) ?? []
      const file = applications[application]
      if (file !== undefined) return `${fileURLToPath(new URL(file, root))}?nest${number}`
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
