import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const entries = [
  ...['index.ts', 'node.ts', 'fetch.ts', 'testing.ts'].map((name) => `packages/core/src/${name}`),
  ...['index.ts', 'testing.ts'].map((name) => `packages/passkeys/src/${name}`),
]

const { config } = ts.readConfigFile(join(root, 'packages/passkeys/tsconfig.json'), ts.sys.readFile)
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, 'packages/passkeys'))
const program = ts.createProgram(
  entries.map((entry) => join(root, entry)),
  options,
)
const checker = program.getTypeChecker()

function exportsOf(entry: string): readonly ts.Symbol[] {
  const source = program.getSourceFile(join(root, entry))
  const module = source && checker.getSymbolAtLocation(source)
  return module === undefined ? [] : checker.getExportsOfModule(module)
}

/** The symbol where it is declared, behind the aliases of the entry point. */
function declared(symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

function textOf(symbol: ts.Symbol): string {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker))
}

/** An exported interface with the symbols of its members. */
function membersOf(name: string): readonly ts.Symbol[] {
  const found = entries.flatMap(exportsOf).find((symbol) => symbol.name === name)
  return found === undefined ? [] : checker.getDeclaredTypeOfSymbol(declared(found)).getProperties()
}

/** Every doc comment of a file, with its place. */
function commentsOf(file: string): readonly { readonly place: string; readonly text: string }[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/\/\*\*(.*?)\*\//gs)].map((match) => ({
    place: `${relative(root, file)}:${text.slice(0, match.index).split('\n').length}`,
    text: (match[1] ?? '').replace(/\n *\*/g, '\n').trim(),
  }))
}

describe('the reference of core and of passkeys', () => {
  it.each(entries)('%s has a doc comment for each export, at its declaration', (entry) => {
    const exported = exportsOf(entry)
    expect(exported.length).toBeGreaterThan(0)
    expect(exported.filter((symbol) => textOf(declared(symbol)) === '').map(({ name }) => name)).toEqual([])
  })

  it.each(entries)('%s begins with a doc comment of the module', (entry) => {
    const [first] = commentsOf(join(root, entry))
    expect(first?.text).toMatch(/^[A-Z][\s\S]*\n ?@module\b/)
    expect(first?.place).toBe(`${entry}:1`)
  })

  it.each([
    ...['Hooks', 'DeviceAuthOptions', 'Paths', 'Limits', 'Policy', 'PagesOptions', 'Theme'],
    ...['DeviceAuth', 'Devices', 'DeviceAuthEvents', 'Client', 'OAuthRequest', 'OAuthResponse'],
    ...['ApprovalProof', 'PendingApproval', 'PasskeyApprovalOptions', 'Passkey', 'PasskeySource', 'PasskeyStore'],
  ])('has a doc comment for each member of %s', (name) => {
    const members = membersOf(name)
    expect(members.length).toBeGreaterThan(0)
    expect(members.filter((member) => textOf(member) === '').map((member) => member.name)).toEqual([])
  })

  it('has an example of each hook', () => {
    const without = membersOf('Hooks').filter((hook) => !hook.getJsDocTags().some(({ name }) => name === 'example'))
    expect(without.map(({ name }) => name)).toEqual([])
  })
})

describe.each(readdirSync(join(root, 'packages')))('the doc comments of @device-auth/%s', (name) => {
  const source = join(root, 'packages', name, 'src')
  const files = readdirSync(source, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.ts'))
  const comments = files.flatMap((file) => commentsOf(join(source, file)))

  it('begin with the thing itself, never with What, Whether, How, Who or Where', () => {
    const riddles = comments.filter(({ text }) => /^(?:What|Whether|How|Who|Whose|Where|Which|Whom)\b/.test(text))
    expect(riddles).toEqual([])
  })

  it('name a section of an RFC in one spelling', () => {
    const references = comments.flatMap(({ place, text }) =>
      [...text.matchAll(/@see (.*)/g)].map(([, reference = '']) => ({ place, reference })),
    )
    const rfc =
      /^\{@link https:\/\/www\.rfc-editor\.org\/rfc\/rfc(\d+)#(?:section|appendix)-([\dA-Z.]+) RFC \1 (?:section|appendix) \2\}$/
    const other = /^\{@link https:\/\/(?!www\.rfc-editor\.org\/rfc\/)\S+ [^}]+\}$/
    expect(references.filter(({ reference }) => !rfc.test(reference) && !other.test(reference))).toEqual([])
  })
})
