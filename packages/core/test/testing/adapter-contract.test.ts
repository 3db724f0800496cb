import { describe, expect, test } from 'vitest'
import { adapterContract } from '../../src/testing/adapter-contract/contract.ts'
import type { MountAdapter } from '../../src/testing/adapter-contract/scene.ts'
import { adapterWith, flaws } from './weak-adapters.ts'

/** The names of the cases that an adapter fails. */
async function failures<Native>(mount: MountAdapter<Native>, parsed = false): Promise<readonly string[]> {
  const failed: string[] = []
  for (const { name, run } of adapterContract(mount, { parsed })) await run().catch(() => failed.push(name))
  return failed
}

describe('the adapter contract', () => {
  test('passes an adapter without a flaw', async () => {
    expect(await failures(adapterWith({}))).toEqual([])
  })

  test.each(flaws)('fails an adapter that %s', async (does, flaw, failing) => {
    // without a limit the cases about endless bodies would send all of theirs
    const parsed = does === 'reads a body of any size'
    expect(await failures(adapterWith(flaw), parsed)).toContain(failing)
  })

  test('fails an adapter that cannot be mounted, in every case', async () => {
    const mount = (): never => {
      throw new Error('no such framework')
    }
    expect(await failures(mount)).toHaveLength(adapterContract(mount).length)
  })

  test('names each case once', () => {
    const names = adapterContract(adapterWith({})).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  test('leaves out only the cases about limits on the wire when a body parser is in front', () => {
    const namesOf = (parsed: boolean): readonly string[] =>
      adapterContract(adapterWith({}), { parsed }).map(({ name }) => name)
    const parsed = new Set(namesOf(true))
    expect(namesOf(false).filter((name) => !parsed.has(name))).toEqual([
      'F-51 answers a declared length over the limit before the body comes',
      'F-51 ends a chunked body that never ends',
    ])
  })
})
