/**
 * Made-up programs do after each rewrite what they did before, and what is one step in them takes one lock, or is one method. `npm run
 * differential` does this with as many programs as one likes.
 */
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { runBatch, type Text, WAYS } from '../differential/batch.js'
import { programsOf } from '../differential/shrink.js'
import { textOf } from '../differential/text.js'
import { cleanUp, folder } from './support/project.js'

afterAll(cleanUp)

const PROGRAMS = 24

test('programs that are made up do what they did', async () => {
  const made = programsOf(1, PROGRAMS)
  const texts = made.map(
    ({ value_ }): Text =>
      (name, module, suffix) =>
        textOf(value_, name, module, suffix),
  )
  const batch = await runBatch(texts, {
    dir: join(folder({}), 'batch'),
    go: '1.24',
    ways: WAYS,
    vet: true,
  })
  expect(batch.unbuilt).toEqual([])
  expect(batch.failures).toEqual([])
  for (const { transform } of WAYS) {
    const rewritten = batch.fates.filter(({ way, refused }) => way.transform === transform && refused === null)
    expect([transform, rewritten.length]).not.toEqual([transform, 0])
  }
  expect(batch.compounds).toBeGreaterThan(PROGRAMS)
})
