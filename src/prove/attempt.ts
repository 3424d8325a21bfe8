/** One try: some fixes together through the stages, up to the first that shows a new failure. */

import { affected } from './affected.js'
import { type Complaints, goBuild, goVet, newComplaints } from './gobuild.js'
import type { TestRun } from './gotest.js'
import { greenWitnesses } from './green.js'
import type { Ground } from './ground.js'
import type { Candidate, ProofRequest, Rendered } from './prove.js'
import type { Stage } from './stages.js'
import { runTests, testedPackages, testPatched } from './testing.js'
import { type Reds, redWitnesses } from './witness.js'

export interface Attempt {
  readonly rendered: Rendered
  readonly failure: Failure | null
  readonly build: Complaints | null
  readonly vet: Complaints | null
  readonly tests: TestRun | null
  /** Packages whose tests failed once and passed when run again. */
  readonly flaky: ReadonlySet<string>
  /** Files that the tests made or changed in the modules, by the user's path. */
  readonly strays: readonly string[]
  /** What came of the tests that raced without the fixes. */
  readonly witnesses: Reds
}

/** What shows that a fix is wrong; `hung`: something does not end any more. */
export interface Failure {
  readonly stage: Stage
  readonly output: string
  readonly hung: boolean
}

/** The tree without any fix, as far as somebody asked; each part is run once, for all candidates. */
export interface Baseline {
  build(): Promise<Complaints>
  vet(): Promise<Complaints>
  /** vet for each of the other platforms. */
  platforms(): Promise<readonly Complaints[]>
  tests(): Promise<TestRun>
  /** The same without the race detector. */
  plain(): Promise<TestRun>
  /** The tests that are to race, of all candidates. */
  witnesses(): Promise<Reds>
}

export interface Attempter<C> {
  attempt(some: readonly C[]): Promise<Attempt>
  readonly baseline: Baseline
}

/** Tries subsets of the candidates; remembers what it tried. */
export function attempter<C extends Candidate>(candidates: readonly C[], request: ProofRequest<C>): Attempter<C> {
  const baseline = lazyBaseline(candidates, request)
  const known = new Map<string, Promise<Attempt>>()
  return {
    baseline,
    attempt(some) {
      const key = some.map((c) => candidates.indexOf(c)).join()
      const before = known.get(key)
      if (before) return before
      const result = tryOut(some, request, baseline)
      known.set(key, result)
      return result
    },
  }
}

async function tryOut<C extends Candidate>(
  some: readonly C[],
  request: ProofRequest<C>,
  baseline: Baseline,
): Promise<Attempt> {
  const { stages, progress } = request
  const rendered = await request.render(some)
  const result: { -readonly [K in keyof Attempt]: Attempt[K] } = {
    rendered,
    failure: null,
    build: null,
    vet: null,
    tests: null,
    flaky: new Set(),
    strays: [],
    witnesses: new Map(),
  }
  const fail = (stage: Stage, output: string, hung = false): Attempt => ({
    ...result,
    failure: { stage, output, hung },
  })
  if (rendered.errors.length > 0) return fail('gofmt', rendered.errors.join('\n'))
  if (!stages.has('build') && !stages.has('vet') && !stages.has('test') && !stages.has('race')) return result

  const ground = await request.ground()
  const packages = affected(some, ground).map((p) => p.path)
  if (stages.has('build')) {
    progress(`building ${packages.length} packages`)
    await ground.show(rendered.overlay)
    result.build = await goBuild(packages, ground.flags, ground.options)
    const output = (await complaint(result.build, baseline.build, ground)) || unprovable(some, result.build, ground)
    if (output !== '') return fail('build', output)
  }
  if (stages.has('vet')) {
    progress(`vetting ${packages.length} packages`)
    await ground.show(rendered.overlay)
    result.vet = await goVet(packages, ground.flags, ground.options)
    const output = await complaint(result.vet, baseline.vet, ground)
    if (output !== '') return fail('vet', output)
  }
  for (const [i, { platform, options }] of ground.platforms.entries()) {
    if (!stages.has('build') && !stages.has('vet')) break
    progress(`vetting ${packages.length} packages for ${platform}`)
    await ground.show(rendered.overlay)
    const there = await goVet(packages, ground.flags, options)
    const output = await complaint(there, async () => (await baseline.platforms())[i] ?? there, ground)
    if (output !== '') return fail(stages.has('vet') ? 'vet' : 'build', `for ${platform}:\n${output}`)
  }
  if (stages.has('test') || stages.has('race')) {
    const tested = await testPatched(some, rendered.overlay, ground, request, baseline)
    result.tests = tested.tests
    result.flaky = tested.flaky
    result.strays = tested.strays
    if (tested.failure !== null) return fail(tested.failure.stage, tested.failure.output)
  }
  if (stages.has('race') && request.noRace === '' && some.some((c) => c.witnesses.length > 0)) {
    const reds = await baseline.witnesses()
    const own = new Map([...reds].filter(([witness]) => some.some((c) => c.witnesses.includes(witness))))
    const greens = await greenWitnesses(own, rendered.overlay, ground, request)
    result.witnesses = greens.results
    if (greens.failure !== null) return fail('race', greens.failure.output, greens.failure.hung)
  }
  return result
}

/** What the patched tree's build or vet newly objects to, '' if nothing. */
async function complaint(after: Complaints, before: () => Promise<Complaints>, ground: Ground): Promise<string> {
  if (after.code === 0) return ''
  const known = await before()
  const fresh = newComplaints(known, after)
  if (fresh.length === 0 && known.code === 0) return `the go command ended with status ${after.code} and said nothing`
  return ground.copy.restore(fresh.map((c) => c.line).join('\n'))
}

/** A touched package that does not build without the patch either proves nothing: its errors may hide new ones. */
function unprovable(some: readonly Candidate[], build: Complaints, ground: Ground): string {
  const folders = new Set(some.flatMap((c) => [...c.folders]))
  // What names no file is about the whole: the go command did not get as far as building.
  const own = build.messages.filter((m) => m.folder === '' || folders.has(ground.copy.from(m.folder)))
  return own.length === 0
    ? ''
    : ground.copy.restore(`it does not build without the patch either:\n${own.map((m) => m.line).join('\n')}`)
}

function lazyBaseline<C extends Candidate>(candidates: readonly C[], request: ProofRequest<C>): Baseline {
  const once = <T>(make: (ground: Ground, packages: string[]) => Promise<T>): (() => Promise<T>) => {
    let made: Promise<T> | undefined
    const start = async (): Promise<T> => {
      const ground = await request.ground()
      await ground.show(null)
      return make(
        ground,
        affected(candidates, ground).map((p) => p.path),
      )
    }
    return () => {
      made ??= start()
      return made
    }
  }
  return {
    build: once((ground, packages) => goBuild(packages, ground.flags, ground.options)),
    vet: once((ground, packages) => goVet(packages, ground.flags, ground.options)),
    platforms: once(async (ground, packages) => {
      const all: Complaints[] = []
      for (const { options } of ground.platforms) all.push(await goVet(packages, ground.flags, options))
      return all
    }),
    tests: once((ground) =>
      runTests(testedPackages(candidates, ground, request), ground, request, ' without the patch'),
    ),
    plain: once((ground) =>
      runTests(testedPackages(candidates, ground, request), ground, request, ' without the patch', false),
    ),
    witnesses: once((ground) =>
      redWitnesses(
        candidates.flatMap((c) => c.witnesses),
        ground,
        request,
      ),
    ),
  }
}
