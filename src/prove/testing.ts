/** The tests of a patched tree, judged against the same tests without the patch. */

import type { Overlay } from '../types.js'
import { affected } from './affected.js'
import type { Baseline } from './attempt.js'
import { goTest, type PackageTests, type TestRun } from './gotest.js'
import type { Ground } from './ground.js'
import { explainHang } from './hang.js'
import type { Candidate, ProofRequest } from './prove.js'
import { racesOn } from './racing.js'

export interface Tested {
  readonly tests: TestRun
  /** Packages whose tests failed once and passed when run again. */
  readonly flaky: ReadonlySet<string>
  /** Files that they made or changed in the modules, by the user's path. */
  readonly strays: readonly string[]
  readonly failure: { readonly stage: 'test' | 'race'; readonly output: string } | null
}

/** How often the tests of a package run again before a new failure counts. */
const RERUNS = 2

/**
 * Runs the tests that some fixes can reach. A race on one of their maps fails whatever went before. Tests that fail by
 * other races, as they did before, run again without the race detector, so that these races hide nothing new.
 */
export async function testPatched<C extends Candidate>(
  some: readonly C[],
  overlay: Overlay,
  ground: Ground,
  request: ProofRequest<C>,
  baseline: Baseline,
): Promise<Tested> {
  const patched = async (paths: readonly string[], race: boolean, which = ''): Promise<TestRun> => {
    await ground.show(overlay)
    return runTests(paths, ground, request, which, race)
  }
  const first = await patched(testedPackages(some, ground, request), true)
  const strays = await ground.copy.strays()
  const tests = new Map(first)
  const flaky = new Set<string>()
  const raced = some.flatMap((c) => racesOn(c, first.values(), overlay, ground, request))[0]
  if (raced !== undefined) {
    // Without the race detector it is the runtime that noticed, and the tests that failed.
    return {
      tests,
      flaky,
      strays,
      failure: { stage: request.stages.has('race') ? 'race' : 'test', output: ground.copy.restore(raced.text) },
    }
  }
  if (!request.stages.has('test')) return { tests, flaky, strays, failure: null }

  const compare = async (path: string, after: PackageTests, race: boolean): Promise<Tested['failure']> => {
    const before = (await (race ? baseline.tests() : baseline.plain())).get(path)
    if (!isNew(after, before)) return null
    let last = after
    for (let i = 0; i < RERUNS && !last.hung; i++) {
      const again = (await patched([path], race, ' again')).get(path)
      if (again === undefined || !isNew(again, before)) {
        flaky.add(path)
        return null
      }
      last = again
    }
    const output = last.hung
      ? `the tests of ${path} do not end any more:\n${await explainHang(last.output, overlay, ground)}`
      : ground.copy.restore(excerpt(last))
    return { stage: 'test', output }
  }
  const racy: string[] = []
  for (const [path, after] of first) {
    if (after.status !== 'failed') continue
    const failure = await compare(path, after, true)
    if (failure !== null) return { tests, flaky, strays, failure }
    if (after.races.length > 0 || (await baseline.tests()).get(path)?.races.length) racy.push(path)
  }
  for (const [path, after] of racy.length > 0 ? await patched(racy, false) : []) {
    const failure = after.status === 'failed' ? await compare(path, after, false) : null
    tests.set(path, { ...after, races: first.get(path)?.races ?? [] })
    if (failure !== null) return { tests, flaky, strays, failure }
  }
  return { tests, flaky, strays, failure: null }
}

/** The packages with tests that some fixes can reach, as the request bounds them. */
export function testedPackages<C extends Candidate>(
  some: readonly C[],
  ground: Ground,
  request: ProofRequest<C>,
): string[] {
  return affected(some, ground, request.tests)
    .filter((p) => p.hasTests)
    .map((p) => p.path)
}

/** Runs tests in the tree that the ground shows; under the race detector if the request has that stage, and there is one. */
export async function runTests<C extends Candidate>(
  packages: readonly string[],
  ground: Ground,
  request: ProofRequest<C>,
  which: string,
  race = true,
): Promise<TestRun> {
  if (packages.length === 0) return new Map()
  let done = 0
  const say = (): void => request.progress(`testing${which}: ${done} of ${packages.length} packages`)
  say()
  return goTest(packages, {
    ...ground.options,
    race: race && request.stages.has('race') && request.noRace === '',
    timeout: request.timeout,
    flags: ground.flags,
    goroot: request.goroot,
    onPackage: () => {
      done++
      say()
    },
  })
}

function isNew(after: PackageTests, before: PackageTests | undefined): boolean {
  if (after.status !== 'failed') return false
  if (before === undefined || before.status !== 'failed') return true
  if (after.hung && !before.hung) return true
  // A package that died before took an unknown part of its tests with it.
  return !before.failing.has('') && [...after.failing].some((name) => !before.failing.has(name))
}

/** The lines that matter, from the first failure on. */
function excerpt(tests: PackageTests): string {
  const lines = tests.output.split('\n').filter((line) => !/^(=== |ok |PASS$|\?)/.test(line))
  const first = Math.max(
    lines.findIndex((line) => /--- FAIL|^\s+\S+\.go:\d+: |panic:|fatal error:|DATA RACE|^# /.test(line)),
    0,
  )
  return lines
    .slice(first, first + 40)
    .join('\n')
    .trim()
}
