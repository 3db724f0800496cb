import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { findMessages, type Message, packageOf, renderMessages, sourceFiles } from './scripts/messages.ts'

const contents = sourceFiles().map((file) => ({
  file,
  content: readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'),
}))

/** A source without its doc comments, whose examples have messages of applications. */
const withoutExamples = (content: string): string => content.replace(/\/\*\*.*?\*\//gs, '')

describe('the messages of all packages', () => {
  let messages: readonly Message[]
  beforeAll(() => {
    messages = findMessages()
  }, 120_000)

  it('give docs/messages.md its content', async () => {
    await expect(renderMessages(messages)).toMatchFileSnapshot('../docs/messages.md')
  })

  it('are found in each package that makes errors', () => {
    const making = contents.filter(({ content }) => /new \w*Error\(/.test(content)).map(({ file }) => packageOf(file))
    expect(new Set(making).size).toBeGreaterThan(5)
    expect([...new Set(making)].filter((name) => !messages.some(({ file }) => packageOf(file) === name))).toEqual([])
  })

  it('have each text that is written directly into a new error', () => {
    const written = contents.flatMap(({ file, content }) =>
      [...withoutExamples(content).matchAll(/new \w*Error\(\s*'([^'\\]* [^'\\]*)'/g)].map(([, text = '']) => ({
        text,
        file,
      })),
    )
    expect(written.length).toBeGreaterThan(20)
    const isListed = (one: { text: string; file: string }): boolean =>
      messages.some(({ text, file }) => text === one.text && file === one.file)
    expect(written.filter((one) => !isListed(one))).toEqual([])
  })

  it('have no control characters, which would make the page a binary file', () => {
    expect(messages.filter(({ text }) => /\p{Cc}/u.test(text))).toEqual([])
  })

  it.each([
    ['an answer of OAuth', 'The device code has expired; start again.', 'core/src/errors.ts'],
    ['a check of an option', 'a whole number of … from … to …', 'core/src/checks.ts'],
    [
      'a check in a table of checks',
      'an array of clients, or a function that finds one',
      'core/src/options/option-checks.ts',
    ],
    [
      'a warning of a store',
      'maxmemory-policy is …: a full server may evict live sign-ins. Set it to noeviction.',
      'stores/src/redis/check.ts',
    ],
    ['an argument of a function that makes the error', 'Nobody can approve a sign-in here.', 'cli/src/errors.ts'],
  ])('have %s', (_, text, file) => {
    expect(messages).toContainEqual({ text, file: `packages/${file}` })
  })
})
