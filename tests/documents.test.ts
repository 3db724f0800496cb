import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const documents = [
  ...[
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'docs/map.md',
    'docs/errors.md',
    'docs/conformance.md',
    'docs/clients.md',
    'docs/client-performance.md',
    'docs/scale.md',
  ],
  ...['decisions', 'guides', 'security'].flatMap((folder) =>
    readdirSync(join(root, 'docs', folder)).map((name) => `docs/${folder}/${name}`),
  ),
]

const readmes = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`)

/** The anchors that GitHub makes of the headings of a document: a heading that comes again has a number at its end. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = plain.replace(/[^\p{L}\p{M}\p{N}_ -]/gu, '').replaceAll(' ', '-')
    let unique = anchor
    for (let count = 1; anchors.has(unique); count++) unique = `${anchor}-${count}`
    anchors.add(unique)
  }
  return anchors
}

/** The rows of tables that have more or fewer cells than the row above them. A `|` within code is no border. */
function unevenRows(text: string): readonly string[] {
  const lines = text.replace(/^```[\s\S]*?^```/gm, '').split('\n')
  const cells = lines.map((line) => (line.startsWith('|') ? line.replace(/`[^`]*`|\\\|/g, '').split('|').length : 0))
  return lines.filter((_, at) => at > 0 && cells[at] !== 0 && cells[at - 1] !== 0 && cells[at] !== cells[at - 1])
}

describe('unevenRows', () => {
  it('finds a row with a cell too few, and none for a border in code', () => {
    const [head, code, short] = ['| a | b |\n|---|---|', '| `x|y` | c \\| d |', '| only one |']
    expect(unevenRows(`${head}\n${code}\n\n| another |`)).toEqual([])
    expect(unevenRows(`${head}\n${code}\n${short}`)).toEqual([short])
  })
})

describe('anchors', () => {
  it('are those of GitHub', () => {
    const text = '# A `code`, two\n```\n# no heading\n```\n## Same\n## Same\n### [Link](x.md): 8628-3.5\n'
    expect([...anchorsOf(text)]).toEqual(['a-code-two', 'same', 'same-1', 'link-8628-35'])
  })
})

describe('docs/errors.md', () => {
  it('has every error code, in the order of the table, and no other', () => {
    const table = read('packages/core/src/errors.ts').matchAll(/^ {2}(\w+): \[\s*\w+,\s+'/gm)
    const headings = read('docs/errors.md').matchAll(/^## (\w+)$/gm)
    const codes = [...table].map(([, code]) => code)
    expect(codes).toContain('authorization_pending')
    expect([...headings].map(([, code]) => code)).toEqual(codes)
  })
})

describe('packages/core/README.md', () => {
  it('has the section that the messages of option errors name', () => {
    const [, section] =
      /See "(\w+)" in the README of @device-auth\/core/.exec(read('packages/core/src/checks.ts')) ?? []
    expect(section).toBe('Options')
    expect(read('packages/core/README.md').split('\n')).toContain(`## ${section}`)
  })
})

describe('docs/map.md', () => {
  const core = 'packages/core/src'
  const named = [...read('docs/map.md').matchAll(/`(?:\w+\/)?([\w-]+\.ts)`/g)].flatMap(([, name]) => name ?? [])

  it('names every room and every file at the top of core', () => {
    const map = read('docs/map.md')
    const rooms = readdirSync(join(root, core)).map((name) => (name.endsWith('.ts') ? `\`${name}\`` : `\`${name}/\``))
    expect(rooms.filter((room) => !map.includes(room))).toEqual([])
  })

  it('names no file that is gone', () => {
    const folders = [core, 'packages/stores/src', 'packages/client/src', 'packages/cli/src', 'packages/passkeys/src']
    const files = folders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true }).map((path) => basename(String(path))),
    )
    expect(named.filter((name) => !files.includes(name))).toEqual([])
  })
})

describe('docs/decisions/README.md', () => {
  it('has every page of its folder', () => {
    const index = read('docs/decisions/README.md')
    const pages = readdirSync(join(root, 'docs/decisions')).filter((name) => name !== 'README.md')
    expect(pages.filter((name) => !index.includes(`](${name})`))).toEqual([])
  })
})

describe('documents', () => {
  it.each(documents)('%s links to what exists', (file) => {
    const links = [...read(file).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].flatMap(([, link]) => link ?? [])
    const local = links.filter((link) => !link.includes('://'))
    expect(local.filter((link) => !existsSync(join(root, dirname(file), link)))).toEqual([])
  })

  it.each([...documents, ...readmes])('%s links to sections that exist', (file) => {
    const links = [...read(file).matchAll(/\]\(([^)#\s]*)#([^)\s]+)\)/g)].filter(([, link]) => !link?.includes('://'))
    const missing = links.filter(([, link = '', anchor = '']) => {
      const target = link === '' ? file : join(dirname(file), link)
      return target.endsWith('.md') && !anchorsOf(read(target)).has(anchor)
    })
    expect(missing.map(([text]) => text)).toEqual([])
  })

  it.each([...documents, ...readmes])('%s has tables whose rows have equally many cells', (file) => {
    expect(unevenRows(read(file))).toEqual([])
  })

  it.each([
    ['README.md', 200] as const,
    ...readdirSync(join(root, 'packages')).map((name) => [`packages/${name}/README.md`, 80] as const),
  ])('%s stays within %i lines', (file, lines) => {
    expect(read(file).split('\n').length - 1).toBeLessThanOrEqual(lines)
  })
})
