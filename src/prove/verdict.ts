/** What an attempt says about one fix. */

import { affected } from './affected.js'
import type { Attempt, Baseline } from './attempt.js'
import type { Complaints } from './gobuild.js'
import type { TestRun } from './gotest.js'
import type { Ground } from './ground.js'
import type { Candidate, ProofRequest } from './prove.js'
import { racesOn } from './racing.js'
import { NOT_VALIDATED, type PackageVerdict, type Stage, type StageResult, type Validation } from './stages.js'
import type { NoWitness, Red } from './witness.js'

/** The stages' results for one candidate of an attempt: its own files, and the packages that its change can reach. */
export async function judge<C extends Candidate>(
  c: C,
  attempt: Attempt,
  baseline: Baseline,
  request: ProofRequest<C>,
): Promise<Validation> {
  const { stages } = request
  const failed = attempt.failure?.stage
  const result: { -readonly [K in keyof Validation]: Validation[K] } = { ...NOT_VALIDATED }
  if (stages.has('gofmt'))
    result.gofmt =
      failed === 'gofmt' ? 'failed' : worst(c.files.map((file) => attempt.rendered.gofmt.get(file) ?? 'ok'))
  if (reached('build', attempt, stages))
    result.build = failed === 'build' ? 'failed' : await compiled(c, attempt.build, request)
  if (reached('vet', attempt, stages))
    result.vet = failed === 'vet' ? 'failed' : await compiled(c, attempt.vet, request)
  if (attempt.tests === null) return result
  const ground = await request.ground()
  const own = affected([c], ground, request.tests).map((p) => p.path)
  if (stages.has('test')) result.test = failed === 'test' ? hungOr(attempt, own) : tested(own, attempt)
  const witnesses = c.witnesses.map((witness) => attempt.witnesses.get(witness)).filter((w) => w !== undefined)
  if (stages.has('race') && c.witnesses.length > 0) result.witness = witnessed(witnesses, failed, request)
  if (stages.has('race'))
    result.race =
      failed === 'race'
        ? attempt.failure?.hung
          ? 'hung'
          : 'failed'
        : witnesses.some(({ kind }) => kind === 'red')
          ? 'ok'
          : await raced(c, own, attempt.tests, baseline, ground, request)
  return result
}

function reached(stage: Stage, attempt: Attempt, stages: ReadonlySet<Stage>): boolean {
  const ran = stage === 'build' ? attempt.build : attempt.vet
  return stages.has(stage) && ran !== null
}

async function compiled<C extends Candidate>(
  c: C,
  complaints: Complaints | null,
  request: ProofRequest<C>,
): Promise<StageResult> {
  if (complaints === null || complaints.code === 0) return 'ok'
  const ground = await request.ground()
  const own = new Set(affected([c], ground).map((p) => p.dir))
  return complaints.messages.some((m) => m.folder === '' || own.has(ground.copy.from(m.folder)))
    ? 'baseline failed'
    : 'ok'
}

/** What each package's tests came to, those that passed left out: of those that the fix can reach, and of those that it touches without tests. */
export function packageVerdicts(
  c: Candidate,
  attempt: Attempt,
  ground: Ground,
  tests: 'affected' | 'package' | 'all',
): PackageVerdict[] {
  return affected([c], ground, tests).flatMap(({ path, dir, hasTests }): PackageVerdict[] => {
    const run = attempt.tests?.get(path)
    if (!hasTests || run?.status === 'no tests')
      return c.folders.has(dir) ? [{ package: path, result: 'no tests', why: '' }] : []
    if (run === undefined) return []
    if (attempt.flaky.has(path)) return [{ package: path, result: 'flaky', why: 'what failed passed when run again' }]
    if (run.silent !== '') return [{ package: path, result: 'unavailable', why: run.silent }]
    if (run.status !== 'failed') return []
    const names = [...run.failing].filter((name) => name !== '')
    const why = names.length > 0 ? `${names.slice(0, 3).join(', ')} failed before, too` : 'it failed before, too'
    return [{ package: path, result: 'baseline failed', why }]
  })
}

/** One word for all of them: what failed before counts more than what could not run. */
function tested(packages: readonly string[], attempt: Attempt): StageResult {
  const runs = packages.map((path) => attempt.tests?.get(path)).filter((run) => run !== undefined)
  const ran = runs.filter((run) => run.status !== 'no tests')
  if (ran.length === 0) return 'no tests'
  if (packages.some((path) => attempt.flaky.has(path))) return 'flaky'
  if (ran.some((run) => run.status === 'failed' && run.silent === '')) return 'baseline failed'
  return ran.some((run) => run.status === 'failed') || ran.every((run) => run.silent !== '') ? 'unavailable' : 'ok'
}

function hungOr(attempt: Attempt, packages: readonly string[]): StageResult {
  return packages.some((path) => attempt.tests?.get(path)?.hung) ? 'hung' : 'failed'
}

async function raced<C extends Candidate>(
  c: C,
  packages: readonly string[],
  run: TestRun,
  baseline: Baseline,
  ground: Ground,
  request: ProofRequest<C>,
): Promise<StageResult> {
  if (request.noRace !== '') return 'unavailable'
  if (!packages.some((path) => run.has(path) && run.get(path)?.status !== 'no tests')) return 'not exercised'
  return racesOn(c, (await baseline.tests()).values(), null, ground, request).length > 0 ? 'ok' : 'not exercised'
}

function witnessed<C extends Candidate>(
  witnesses: readonly (Red | NoWitness)[],
  failed: Stage | undefined,
  { noRace }: ProofRequest<C>,
): string {
  if (noRace !== '') return 'unavailable'
  if (failed !== undefined) return failed === 'race' ? 'failed' : 'off'
  const missing = witnesses.find((witness) => witness.kind === 'none')
  return missing ? `none: ${missing.why}` : 'ok'
}

function worst(results: readonly StageResult[]): StageResult {
  const order: readonly StageResult[] = ['failed', 'unavailable', 'baseline failed']
  return order.find((bad) => results.includes(bad)) ?? 'ok'
}
