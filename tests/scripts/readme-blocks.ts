/** A fenced block of TypeScript or JavaScript in a document. */
export interface Block {
  /** The file, relative to the root of the repository, with the line: `README.md:12`. */
  readonly place: string
  readonly language: 'ts' | 'js'
  readonly code: string
  /** The code after that of the document's first block, whose names later blocks may use. */
  readonly continued: string
}

const fence = /^```(ts|js|typescript|javascript)\s*$/

/** The blocks of TypeScript and JavaScript in a Markdown text. */
export function blocksOf(file: string, markdown: string): readonly Block[] {
  const lines = markdown.split('\n')
  const blocks: Block[] = []
  for (let start = 0; start < lines.length; start++) {
    const match = fence.exec(lines[start] ?? '')
    if (match === null) continue
    const end = lines.indexOf('```', start + 1)
    if (end === -1) throw new Error(`${file}:${start + 1}: the code block is not closed.`)
    const code = lines.slice(start + 1, end).join('\n')
    const language = match[1]?.startsWith('t') ? 'ts' : 'js'
    const first = blocks[0]?.code
    blocks.push({
      place: `${file}:${start + 1}`,
      language,
      code,
      continued: first === undefined ? code : `${first}\n${code}`,
    })
    start = end
  }
  return blocks
}

/**
 * The blocks in the doc comments of a source file. Each stands alone: it is compiled behind `prelude`, which imports the
 * package and declares the application's own names.
 */
export function examplesOf(file: string, source: string, prelude: string): readonly Block[] {
  const comments = source.split('\n').map((line) => line.replace(/^ *\* ?/, ''))
  return blocksOf(file, comments.join('\n')).map(({ place, language, code }) => {
    const compiled = `${prelude}\n${code}`
    return { place, language, code: compiled, continued: compiled }
  })
}
