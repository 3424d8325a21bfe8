/**
 * Made-up programs do after each rewrite what they did before, and what is one step in them takes one lock, or is one method; with the newest
 * Go, and with the oldest that has generics. `npm run differential` does this with as many programs as one likes, `npm run go-versions` with
 * every version.
 */
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, expect, test } from '@jest/globals'
import { type Batch, type BatchOptions, runBatch, type Text, WAYS } from '../differential/batch.js'
import { programsOf } from '../differential/shrink.js'
import { textOf } from '../differential/text.js'
import { cleanUp, folder } from './support/project.js'

afterAll(cleanUp)

const OLD = 'go1.18.10'

test('programs that are made up do what they did', async () => {
  const batch = await batchOf(24, { go: '1.24', ways: WAYS, vet: true })
  for (const { transform } of WAYS) {
    const rewritten = batch.fates.filter(({ way, refused }) => way.transform === transform && refused === null)
    expect([transform, rewritten.length]).not.toEqual([transform, 0])
  }
  expect(batch.compounds).toBeGreaterThan(24)
})

const withOld = canHave(OLD) ? test : test.skip

withOld(
  `so they do where ${OLD} builds what go 1.18 in go.mod allows (needs that toolchain, or the module proxy)`,
  async () => {
    const ways = WAYS.filter(({ transform }) => transform !== 'mutex')
    const { fates } = await batchOf(16, { go: '1.18', toolchain: OLD, ways, vet: false })
    expect(fates.some(({ refused, way }) => refused === null && way.transform === 'sharded')).toBe(true)
  },
)

async function batchOf(count: number, options: Omit<BatchOptions, 'dir'>): Promise<Batch> {
  const texts = programsOf(1, count).map(
    ({ value_ }): Text =>
      (how) =>
        textOf(value_, how),
  )
  const batch = await runBatch(texts, { ...options, dir: join(folder({}), 'batch') })
  expect(batch.unbuilt).toEqual([])
  expect(batch.failures).toEqual([])
  return batch
}

/** Whether the go command has the toolchain, or can get it. */
function canHave(toolchain: string): boolean {
  try {
    execFileSync('go', ['version'], {
      cwd: tmpdir(),
      env: { ...process.env, GOTOOLCHAIN: toolchain },
      stdio: 'ignore',
      timeout: 120_000,
    })
    return true
  } catch {
    return false
  }
}
