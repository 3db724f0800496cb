import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A text that the code tells a developer, an operator or a device, and the file that has it. */
export interface Message {
  /** The text of the literal, with `…` for each value that is put into it. */
  readonly text: string
  /** The path from the root of the repository. */
  readonly file: string
}

/** Members of an object whose values are messages. */
const memberNames = new Set(['message', 'errorDescription', 'hint', 'expected', 'warnings'])

/** The source files of all packages, as paths from the root of the repository. */
export function sourceFiles(): readonly string[] {
  return readdirSync(join(root, 'packages'))
    .flatMap((name) => filesBelow(join(root, 'packages', name, 'src')))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => relative(root, file))
    .sort()
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))
}

function createProgram(files: readonly string[]): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  return ts.createProgram(
    files.map((file) => join(root, file)),
    { ...options, experimentalDecorators: true },
  )
}

/** True for a text of several words. A name such as `invalid_grant` or `limits.pending` is none. */
function isSentence(text: string): boolean {
  return /[A-Za-z]{2}/.test(text) && text.trim().includes(' ')
}

function nameOf(callee: ts.Expression): string {
  if (ts.isIdentifier(callee)) return callee.text
  return ts.isPropertyAccessExpression(callee) ? callee.name.text : ''
}

function extendsError(node: ts.Node): boolean {
  let holder = node
  while (holder.parent !== undefined && !ts.isClassLike(holder)) holder = holder.parent
  if (!ts.isClassLike(holder)) return false
  return (holder.heritageClauses ?? []).some(({ types }) =>
    types.some(({ expression }) => nameOf(expression).endsWith('Error')),
  )
}

/** True for a call whose arguments are messages: a new error, `super` of an error, a warning of the process. */
function tellsArguments(call: ts.CallExpression | ts.NewExpression): boolean {
  if (ts.isNewExpression(call)) return /(?:Error|Failure|Skip)$/.test(nameOf(call.expression))
  if (call.expression.kind === ts.SyntaxKind.SuperKeyword) return extendsError(call)
  if (nameOf(call.expression) === 'emitWarning') return true
  return (
    ts.isPropertyAccessExpression(call.expression) &&
    call.expression.name.text === 'push' &&
    nameOf(call.expression.expression) === 'warnings'
  )
}

/** True for a function whose results are messages by its name and type: a check of a store. */
function tellsResults(node: ts.Node): node is ts.FunctionDeclaration | ts.MethodDeclaration {
  if (!ts.isFunctionDeclaration(node) && !ts.isMethodDeclaration(node)) return false
  const type = node.type?.getText() ?? ''
  return type === 'Check' || (/check|warning/i.test(node.name?.getText() ?? '') && type.includes('string[]'))
}

/** The text of a literal, a template or a sum of them. `undefined` for another expression. */
function textOf(node: ts.Expression): string | undefined {
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression)
  if (ts.isStringLiteralLike(node)) return node.text
  if (ts.isTemplateExpression(node))
    return node.templateSpans.reduce((text, { literal }) => `${text}…${literal.text}`, node.head.text)
  if (!isSum(node)) return undefined
  return (textOf(node.left) ?? '…') + (textOf(node.right) ?? '…')
}

function isSum(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken
}

function isForeign(node: ts.Node): boolean {
  return node.getSourceFile().isDeclarationFile
}

function isCryptographic(node: ts.Node): boolean {
  return node.getSourceFile().fileName.endsWith('/@types/node/crypto.d.ts')
}

/** The expressions that a function returns; those of functions inside it are not among them. */
function resultsOf({ body }: ts.FunctionLikeDeclaration): readonly ts.Expression[] {
  if (body === undefined) return []
  if (!ts.isBlock(body)) return [body]
  const found: ts.Expression[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node) && node.expression !== undefined) found.push(node.expression)
    if (!ts.isFunctionLike(node)) node.forEachChild(visit)
  }
  visit(body)
  return found
}

/** Follows the texts of messages from the place where they are told back to the literals. */
class Extraction {
  readonly found = new Map<string, Message>()
  readonly #checker: ts.TypeChecker
  readonly #calls = new Map<ts.Symbol, (ts.CallExpression | ts.NewExpression)[]>()
  readonly #seen = new Set<ts.Node>()

  constructor(program: ts.Program, files: readonly string[]) {
    this.#checker = program.getTypeChecker()
    const sources = files.flatMap((file) => program.getSourceFile(join(root, file)) ?? [])
    const each = (node: ts.Node, visit: (node: ts.Node) => void): void => {
      visit(node)
      node.forEachChild((child) => each(child, visit))
    }
    for (const source of sources) each(source, (node) => this.#index(node))
    for (const source of sources) each(source, (node) => this.#begin(node))
  }

  #index(node: ts.Node): void {
    if (!ts.isCallExpression(node)) return
    const symbol = this.#symbolOf(node.expression)
    if (symbol !== undefined) this.#calls.set(symbol, [...(this.#calls.get(symbol) ?? []), node])
  }

  #begin(node: ts.Node): void {
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && tellsArguments(node)) this.#traceAll(node.arguments)
    else if (ts.isPropertyAssignment(node) && memberNames.has(node.name.getText())) this.#trace(node.initializer)
    else if (ts.isShorthandPropertyAssignment(node) && memberNames.has(node.name.text)) this.#traceName(node.name)
    else if (tellsResults(node) || this.#isOptionCheck(node)) this.#traceAll(resultsOf(node))
  }

  #isOptionCheck(node: ts.Node): node is ts.ArrowFunction {
    return ts.isArrowFunction(node) && this.#checker.getContextualType(node)?.aliasSymbol?.name === 'Check'
  }

  #traceAll(nodes: readonly ts.Node[] = []): void {
    for (const node of nodes) this.#trace(node)
  }

  #trace(node: ts.Node): void {
    if (this.#seen.has(node)) return
    this.#seen.add(node)
    if (ts.isStringLiteralLike(node)) this.#add(node)
    else if (ts.isTemplateExpression(node)) this.#traceTemplate(node)
    else if (isSum(node)) this.#traceSum(node)
    else if (ts.isIdentifier(node)) this.#traceName(node)
    else if (ts.isCallExpression(node)) this.#traceCall(node)
    else if (ts.isConditionalExpression(node)) this.#traceAll([node.whenTrue, node.whenFalse])
    else if (ts.isFunctionLike(node)) this.#traceAll(resultsOf(node as ts.FunctionLikeDeclaration))
    else if (ts.isPropertyAssignment(node)) this.#traceMember(node.initializer)
    else if (ts.isShorthandPropertyAssignment(node)) this.#traceName(node.name)
    else if (ts.isElementAccessExpression(node)) this.#trace(node.expression)
    else if (!ts.isPropertyAccessExpression(node) && !ts.isTypeNode(node)) node.forEachChild((one) => this.#trace(one))
  }

  /** A member that is a function belongs to an object that does more than to carry texts. */
  #traceMember(value: ts.Expression): void {
    if (!ts.isFunctionLike(value)) this.#trace(value)
  }

  #traceTemplate(node: ts.TemplateExpression): void {
    this.#add(node)
    for (const { expression } of node.templateSpans) this.#trace(expression)
  }

  /** A sum is one text: its literals have no rows of their own. */
  #traceSum(node: ts.BinaryExpression): void {
    if (!isSum(node.parent)) this.#add(node)
    for (const part of [node.left, node.right]) {
      if (ts.isTemplateExpression(part)) this.#traceAll(part.templateSpans.map(({ expression }) => expression))
      else if (isSum(part)) this.#traceSum(part)
      else if (!ts.isStringLiteralLike(part)) this.#trace(part)
    }
  }

  /**
   * A call tells what its function returns. A function of JavaScript tells what it is given, such as `String` and `map`. A function of
   * node:crypto does not: a text that a hash or a key is made of is in no message.
   */
  #traceCall({ expression, arguments: given }: ts.CallExpression): void {
    const declarations = this.#symbolOf(expression)?.declarations ?? []
    if (declarations.some(isCryptographic)) return
    this.#trace(expression)
    if (ts.isPropertyAccessExpression(expression)) this.#trace(expression.expression)
    if (declarations.every((one) => isForeign(one))) this.#traceAll(given)
  }

  #traceName(name: ts.Identifier): void {
    for (const declaration of this.#symbolOf(name)?.declarations ?? []) {
      if (isForeign(declaration)) continue
      let holder: ts.Node = declaration
      while (ts.isBindingElement(holder)) holder = holder.parent.parent
      if (ts.isVariableDeclaration(holder) && holder.initializer !== undefined) this.#trace(holder.initializer)
      else if (ts.isFunctionDeclaration(holder)) this.#trace(holder)
      else if (ts.isParameter(holder)) this.#traceArguments(holder)
    }
  }

  /** Follows a parameter to the arguments of all calls. One of the type `unknown` is a value that a message shows, not a text. */
  #traceArguments(parameter: ts.ParameterDeclaration): void {
    if (this.#seen.has(parameter) || /^(?:unknown|Options|object)$/.test(parameter.type?.getText() ?? '')) return
    this.#seen.add(parameter)
    const owner = parameter.parent
    const named = ts.isVariableDeclaration(owner.parent) ? owner.parent.name : owner.name
    const symbol = named && this.#symbolOf(named)
    const index = owner.parameters.indexOf(parameter)
    for (const call of (symbol && this.#calls.get(symbol)) ?? []) {
      const given = parameter.dotDotDotToken ? call.arguments?.slice(index) : call.arguments?.slice(index, index + 1)
      this.#traceAll(given)
    }
  }

  #symbolOf(node: ts.Node): ts.Symbol | undefined {
    const shorthand = ts.isShorthandPropertyAssignment(node.parent)
    const symbol = shorthand
      ? this.#checker.getShorthandAssignmentValueSymbol(node.parent)
      : this.#checker.getSymbolAtLocation(node)
    return symbol && symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol
  }

  #add(node: ts.Expression): void {
    const file = relative(root, node.getSourceFile().fileName)
    const text = (textOf(node) ?? '').replace(/\s+/g, ' ').trim()
    // the texts of the pages are for users, and read in all languages side by side
    if (isSentence(text) && !file.includes('/locales/')) this.found.set(`${text}\n${file}`, { text, file })
  }
}

/** Finds the messages of the packages: in thrown errors, warnings, checks of options, and answers of OAuth. */
export function findMessages(): readonly Message[] {
  const files = sourceFiles()
  const { found } = new Extraction(createProgram(files), files)
  return [...found.keys()].sort().flatMap((key) => found.get(key) ?? [])
}

/** The name of the folder of a package, for a file of it. */
export function packageOf(file: string): string {
  return file.split('/')[1] ?? ''
}

function cell(text: string): string {
  return text.replace(/[|*_[\]\\]/g, '\\$&').replaceAll('<', '&lt;')
}

function table(messages: readonly Message[]): string {
  const rows = messages.map(({ text, file }) => `| ${cell(text)} | ${file.split('/').slice(3).join('/')} |`)
  return ['| message | file |', '|---|---|', ...rows].join('\n')
}

/** The content of docs/messages.md. */
export function renderMessages(messages: readonly Message[]): string {
  const names = [...new Set(messages.map(({ file }) => packageOf(file)))].sort()
  const tables = names.map((name) => {
    const own = messages.filter(({ file }) => packageOf(file) === name)
    return `## packages/${name}/src\n\n${table(own)}\n`
  })
  return `${introduction}\n${tables.join('\n')}`
}

const introduction = `# Messages

Every message of every package: texts of errors and warnings, what a check of an option expects, and descriptions in answers of
OAuth. \`…\` stands for a value. A text that is put together at run time has a row for each of its parts. Read new rows as somebody
who sees nothing else: a message names the option or the thing, and says what to do.

This page is generated from the sources (\`npm run messages:docs\`); a test fails if it is out of date.
`
