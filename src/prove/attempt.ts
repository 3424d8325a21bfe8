/** One try: some fixes together through the stages, up to the first that shows a new failure. */
import { type Complaints, goBuild, goVet, newComplaints } from './gobuild.js'
import { goTest, type PackageTests, type TestRun } from './gotest.js'
import type { Ground } from './ground.js'
import type { Candidate, ProofRequest, Rendered } from './prove.js'
import type { Stage } from './stages.js'
import { racesOn } from './verdict.js'
import { type WorkspacePackage, withImporters } from './workspace.js'

export interface Attempt {
  readonly rendered: Rendered
  readonly failure: { readonly stage: Stage; readonly output: string } | null
  readonly build: Complaints | null
  readonly vet: Complaints | null
  readonly tests: TestRun | null
  /** Packages whose tests failed once and passed when run again. */
  readonly flaky: ReadonlySet<string>
}

/** The tree without any fix, as far as somebody asked; each part is run once, for all candidates. */
export interface Baseline {
  build(): Promise<Complaints>
  vet(): Promise<Complaints>
  tests(): Promise<TestRun>
}

/** How often the tests of a package run again before a new failure counts. */
const RERUNS = 2

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

/** The packages that a stage runs for some candidates: those they touch and, unless asked otherwise, all that import them. */
export function affected(
  some: readonly Candidate[],
  ground: Ground,
  tests?: 'affected' | 'package' | 'all',
): WorkspacePackage[] {
  if (tests === 'all') return [...ground.packages]
  const folders = new Set(some.flatMap((c) => [...c.folders]))
  if (tests === 'package') return ground.packages.filter((p) => folders.has(p.dir))
  return withImporters(folders, ground.packages)
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
  }
  const fail = (stage: Stage, output: string): Attempt => ({ ...result, failure: { stage, output } })
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
  if (stages.has('test') || stages.has('race')) {
    await ground.show(rendered.overlay)
    const tested = affected(some, ground, request.tests)
      .filter((p) => p.hasTests)
      .map((p) => p.path)
    result.tests = await runTests(tested, ground, request, '')
    const raced = some.flatMap((c) => racesOn(c, result.tests, rendered.overlay, ground, request))
    if (raced[0] !== undefined) return fail('race', ground.copy.restore(raced[0].text))
    for (const [path, after] of result.tests) {
      if (after.status !== 'failed') continue
      const before = (await baseline.tests()).get(path)
      if (!isNew(after, before)) continue
      const again = after.hung ? after : await rerun(path, before, rendered, ground, request)
      if (again !== null) return fail('test', ground.copy.restore(excerpt(again)))
      result.flaky = new Set([...result.flaky, path])
    }
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
  const own = build.messages.filter((m) => folders.has(ground.copy.from(m.folder)))
  return own.length === 0
    ? ''
    : ground.copy.restore(`it does not build without the patch either:\n${own.map((m) => m.line).join('\n')}`)
}

function isNew(after: PackageTests, before: PackageTests | undefined): boolean {
  if (before === undefined || before.status !== 'failed') return true
  if (after.hung && !before.hung) return true
  // A package that died before took an unknown part of its tests with it.
  return !before.failing.has('') && [...after.failing].some((name) => !before.failing.has(name))
}

/** Runs a package's tests again: null when they then do no worse than before. */
async function rerun<C extends Candidate>(
  path: string,
  before: PackageTests | undefined,
  rendered: Rendered,
  ground: Ground,
  request: ProofRequest<C>,
): Promise<PackageTests | null> {
  let last: PackageTests | null = null
  for (let i = 0; i < RERUNS; i++) {
    await ground.show(rendered.overlay)
    last = (await runTests([path], ground, request, ' again')).get(path) ?? null
    if (last === null || last.status !== 'failed' || !isNew(last, before)) return null
  }
  return last
}

async function runTests<C extends Candidate>(
  packages: readonly string[],
  ground: Ground,
  request: ProofRequest<C>,
  which: string,
): Promise<TestRun> {
  if (packages.length === 0) return new Map()
  let done = 0
  const say = (): void => request.progress(`testing${which}: ${done} of ${packages.length} packages`)
  say()
  return goTest(packages, {
    ...ground.options,
    race: request.stages.has('race') && request.noRace === '',
    timeout: request.timeout,
    flags: ground.flags,
    goroot: request.goroot,
    onPackage: () => {
      done++
      say()
    },
  })
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
    tests: once((ground) => {
      const tested = affected(candidates, ground, request.tests).filter((p) => p.hasTests)
      return runTests(
        tested.map((p) => p.path),
        ground,
        request,
        ' without the patch',
      )
    }),
  }
}

/** The lines that matter, from the first failure on. */
function excerpt(tests: PackageTests): string {
  const lines = tests.output.split('\n').filter((line) => !/^(=== |ok |PASS$|\?)/.test(line))
  const first = lines.findIndex((line) => /--- FAIL|panic:|fatal error:|DATA RACE|^# /.test(line))
  return lines
    .slice(Math.max(first, 0), Math.max(first, 0) + 40)
    .join('\n')
    .trim()
}
