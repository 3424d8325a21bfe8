/** A failing program made smaller, as long as it fails in the same way. */
import { join } from 'node:path'
import fc from 'fast-check'
import { type BatchOptions, clean, type Failure, runBatch, type Text } from './batch.js'
import { type Program, program } from './program.js'
import { textOf } from './text.js'

type Version = Pick<BatchOptions, 'go' | 'toolchain'>

/** A program as fast-check made it, so that it can be shrunk. */
export type Made = fc.Value<Program>

/** `count` programs of the seed, the same every time. */
export function programsOf(seed: number, count: number): Made[] {
  return fc.sample(new Making(), { seed, numRuns: count })
}

/** Hands over what it makes together with how to shrink it. */
class Making extends fc.Arbitrary<Made> {
  override generate(random: fc.Random): fc.Value<Made> {
    return new fc.Value(program.generate(random, undefined), undefined)
  }

  override canShrinkWithoutContext(_value: unknown): _value is Made {
    return false
  }

  override shrink(): fc.Stream<fc.Value<Made>> {
    return fc.Stream.nil()
  }
}

/** The smallest program found that fails in the same way, and what it says then. Candidates are tried a batch at a time. */
export async function shrink(
  made: Made,
  failure: Failure,
  version: Version,
  dir: string,
): Promise<{ made: Made; failure: Failure }> {
  let best = { made, failure }
  for (let round = 0; round < 15; round++) {
    const next = await smaller(best.made, best.failure, version, join(dir, `shrink${round}`))
    if (next === null) return best
    best = next
  }
  return best
}

const AT_ONCE = 40
const BATCHES = 2

async function smaller(
  made: Made,
  failure: Failure,
  version: Version,
  dir: string,
): Promise<{ made: Made; failure: Failure } | null> {
  const candidates = program.shrink(made.value_, made.context)
  for (let batch = 0; batch < BATCHES; batch++) {
    const some: Made[] = []
    for (let next = candidates.next(); !next.done; next = candidates.next()) {
      some.push(next.value)
      if (some.length === AT_ONCE) break
    }
    if (some.length === 0) return null
    const at = join(dir, String(batch))
    const texts = some.map(
      ({ value_ }): Text =>
        (options) =>
          textOf(value_, options),
    )
    const { failures } = await runBatch(texts, {
      dir: at,
      ...version,
      ways: [failure.way],
      vet: failure.kind === 'vet',
      planOnly: failure.kind === 'plan',
    })
    clean(at)
    const same = failures.filter(({ kind }) => kind === failure.kind).sort((a, b) => a.program - b.program)[0]
    const found = same && some[same.program]
    if (found) return { made: found, failure: same }
  }
  return null
}
