// package-lock.json: an installation needs no compiler, and leaves the file as it is.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Locked {
  readonly hasInstallScript?: boolean
  readonly libc?: unknown
  readonly name?: string
  readonly optional?: boolean
  readonly version?: string
}

const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'),
)
const locked = Object.entries(lock.packages)

/** Packages whose script prints a text and compiles nothing; it may fail. */
const harmless = ['frameworks/nest-10/node_modules/@nestjs/core', 'node_modules/@scarf/scarf']

describe('package-lock.json', () => {
  it('has no package that has to run a script at installation, unless it is optional', () => {
    const needed = locked.filter(([, { hasInstallScript, optional }]) => hasInstallScript && !optional)
    expect(needed.map(([path]) => path)).toEqual(harmless)
  })

  it('has no libc, which npm 11 writes and npm 10 removes', () => {
    expect(locked.filter(([, { libc }]) => libc !== undefined).map(([path]) => path)).toEqual([])
  })

  it('says of both majors of better-sqlite3 that they have a script, as npm does once it has unpacked them', () => {
    const majors = locked.filter(([path, { name }]) => /^(node_modules\/)?better-sqlite3$/.test(name ?? path))
    expect(
      majors.map(([, { version, hasInstallScript }]) => [Number.parseInt(version ?? '', 10), hasInstallScript]),
    ).toEqual([
      [12, true],
      [13, true],
    ])
  })
})
