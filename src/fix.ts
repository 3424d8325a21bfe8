/** The second half of the story: plan → merge → prove → write. */
import { basename, dirname, relative } from 'node:path'
import { plan } from '../transforms/index.js'
import { rules } from './analysis/rules/index.js'
import { type Found, find, type Request } from './driver.js'
import { unifiedDiff } from './edit/index.js'
import { isAlive } from './go/run.js'
import { clashing, filesOf, render } from './merge.js'
import { type Applicable, describeFix, isApplicable, type Outcome, refusedBeforehand, whyFailed } from './outcome.js'
import { isRefusal, type PlannedFix, type Request as PlanRequest, refuse } from './plan/pass.js'
import { hasRemedy, mend } from './plan/remedies/index.js'
import { type Gofmt, gofmtAt } from './prove/gofmt.js'
import { type Ground, prepareGround } from './prove/ground.js'
import { type Candidate, type Proof, prove } from './prove/prove.js'
import type { Stage, Validation } from './prove/stages.js'
import type { FindingReport, FixReport } from './report/schema.js'
import type { Finding, MapFinding, Overlay, Range } from './types.js'
import { evidenceFor, linesOf, testFiles, withTests, witnessesFor } from './witnesses.js'
import { type Committed, commit } from './write/commit.js'
import type { Files } from './write/files.js'
import { type Allowed, ignoredFiles, mustBeSafe, type Repository, repositoryOf } from './write/git.js'
import { journalPath, recover } from './write/journal.js'

export interface FixRequest extends Request {
  readonly plan: PlanRequest
  readonly stages: ReadonlySet<Stage>
  readonly tests: 'affected' | 'package' | 'all'
  readonly timeout: string
  /** Whether tests are made that race, and stay. */
  readonly witness: 'temp' | 'keep' | 'off'
  /** Make a patch and write nothing. */
  readonly diffOnly: boolean
  readonly allowed: Allowed
  readonly files: Files
  readonly pid: number
  /** Said to the user on the way: files put back after a crash. */
  readonly notice: (text: string) => void
}

export interface Fixed {
  readonly found: Found
  readonly findings: readonly Described[]
  /** Everything that passed, as one patch. */
  readonly diff: string
  /** What was written, to be kept or taken back; null when nothing was. */
  readonly committed: Committed | null
}

interface Described {
  readonly finding: Finding
  readonly fix: FixReport
  readonly evidence: FindingReport['evidence']
}

interface Fix extends Candidate, Applicable {}

/** Finds, rewrites, proves, and writes what passed (unless diffOnly). Refused, before anything else: an unsafe tree. */
export async function fix(request: FixRequest): Promise<Fixed> {
  const { cwd, signal, progress } = request
  const repository = await repositoryOf(cwd, request)
  const journal = await journalPath(cwd, repository?.gitDir ?? null, request.files)
  const restored = await recover(journal, request.files, isAlive)
  if (restored.length > 0)
    request.notice(`an earlier run was cut short while it wrote; put back: ${restored.join(', ')}`)
  if (!request.diffOnly) await mustBeSafe(cwd, request.allowed, request)

  const found = await find(request)
  progress('planning')
  const gofmt = gofmtAt(found.go.gofmt, { cwd, env: request.env, signal })
  const outcomes = new Map<Finding, { group: string; transform: string; outcome: Outcome }>()
  const applicable = await planFixes(found, request, outcomes, gofmt, repository)
  if (!request.diffOnly) await mustBeSafeElsewhere(applicable, repository, request)
  const proofs = await prove(applicable, {
    stages: request.stages,
    tests: request.tests,
    timeout: request.timeout,
    goroot: found.go.goroot,
    keepsWitnesses: request.witness === 'keep',
    noRace: found.go.noRace,
    ground: lazyGround(found, request),
    render: (some) =>
      render(
        some.map((c) => c.fix),
        found.sources.text,
        gofmt,
      ),
    source: found.sources.text,
    progress,
  })

  const kept: Fix[] = []
  for (const candidate of applicable) {
    const proof = proofs.get(candidate)
    if (proof === undefined) throw new Error('bug: a fix without a verdict')
    const c = { ...candidate, fix: request.witness === 'keep' ? withTests(candidate.fix, proof) : candidate.fix }
    if (proof.kind === 'proved') kept.push(c)
    const outcome: Outcome =
      proof.kind === 'failed'
        ? { status: 'failed', fix: c.fix, validation: proof.validation, reason: whyFailed(proof) }
        : {
            status: request.diffOnly ? 'proposed' : 'applied',
            fix: c.fix,
            validation: request.witness === 'keep' ? withPaths(proof, found) : proof.validation,
            diff: await diffOf([c], found, gofmt, repository, cwd),
          }
    settle(outcomes, c, outcome)
  }
  const { overlay } = await render(
    kept.map((c) => c.fix),
    found.sources.text,
    gofmt,
  )
  const committed = request.diffOnly || overlay.size === 0 ? null : await write(overlay, found, request, journal)
  return {
    found,
    findings: found.findings.map((finding) => {
      const about = applicable.find((c) => c.planned.findings.some((other) => other === finding))
      const settled = outcomes.get(finding) ?? {
        group: '',
        transform: request.plan.transform,
        outcome: { status: 'open' as const },
      }
      return {
        finding,
        fix: describeFix(settled.group, settled.transform, settled.outcome, found.positions),
        evidence: evidenceFor(finding, about && proofs.get(about), found),
      }
    }),
    diff: patch(overlay, found, repository, cwd),
    committed,
  }
}

/** Modules of a workspace may stand in repositories of their own. */
async function mustBeSafeElsewhere(fixes: readonly Fix[], here: Repository | null, request: FixRequest): Promise<void> {
  const roots = new Map<string, string>()
  for (const dir of new Set(fixes.flatMap((c) => [...c.folders]))) {
    const root = (await repositoryOf(dir, request))?.root ?? ''
    if (root !== here?.root && !roots.has(root)) roots.set(root, dir)
  }
  for (const dir of roots.values()) await mustBeSafe(dir, request.allowed, request)
}

/** Plans every finding; what cannot be applied is settled at once, the rest goes on to proof. */
async function planFixes(
  found: Found,
  request: FixRequest,
  outcomes: Map<Finding, { group: string; transform: string; outcome: Outcome }>,
  gofmt: Gofmt,
  repository: Repository | null,
): Promise<Fix[]> {
  const plannable: MapFinding[] = []
  const mendable: Finding[] = []
  const mends = request.plan.transform === 'auto' && request.plan.own == null
  for (const finding of found.findings) {
    if (!isAboutGuard(finding) && !(mends && hasRemedy(finding))) continue
    const refusal = refusedBeforehand(finding, found.packages)
    if (refusal !== null)
      outcomes.set(finding, {
        group: (finding.map ?? finding.subject)?.name ?? '',
        transform: request.plan.transform,
        outcome: { status: 'refused', refusal },
      })
    else if (isAboutGuard(finding)) plannable.push(finding)
    else mendable.push(finding)
  }
  const { program, engine } = found.analysis
  const source = found.sources.text
  const guarded = plan(plannable, request.plan, { program, source })
  const planned = [...guarded, ...mend(mendable, { engine, source }, (n) => `g${guarded.length + n + 1}`)]
  const fixes: Fix[] = []
  const reserved = new Set<string>()
  for (const p of planned) {
    const refused = (reason: string): Outcome => ({
      status: 'refused',
      refusal: refuse(declOf(p), reason),
    })
    if (isRefusal(p.outcome)) {
      settle(outcomes, { planned: p, fix: null }, { status: 'refused', refusal: p.outcome })
      continue
    }
    const candidate = toCandidate({ planned: p, fix: p.outcome }, found)
    const ignored = request.diffOnly || request.allowed.noVcs ? [] : await ignoredFiles(candidate.files, request)
    const clash = clashing(
      p.outcome,
      fixes.map((c) => c.fix),
    )
    const other = fixes.find((c) => c.fix === clash)
    if (!isApplicable(p, request.plan.unsafeFixes)) {
      settle(outcomes, candidate, {
        status: 'held',
        fix: p.outcome,
        diff: await diffOf([candidate], found, gofmt, repository, request.cwd),
      })
    } else if (ignored[0] !== undefined) {
      settle(
        outcomes,
        candidate,
        refused(
          `git ignores ${basename(ignored[0])}, so the change could not be taken back; --allow-no-vcs does it all the same`,
        ),
      )
    } else if (other) {
      settle(outcomes, candidate, refused(`conflicts with the fix of ${namesOf(other.planned)}`))
    } else {
      const witnesses = request.witness === 'off' ? [] : witnessesFor(p.findings, found, reserved)
      fixes.push({ ...candidate, witnesses })
    }
  }
  return fixes
}

function settle(
  outcomes: Map<Finding, { group: string; transform: string; outcome: Outcome }>,
  { planned }: { planned: Applicable['planned']; fix: Applicable['fix'] | null },
  outcome: Outcome,
): void {
  for (const finding of planned.findings)
    outcomes.set(finding, { group: planned.group, transform: planned.transform, outcome })
}

function toCandidate(applicable: Applicable, found: Found): Fix {
  const files = filesOf(applicable.fix)
  return {
    ...applicable,
    files,
    folders: new Set(files.map((file) => dirname(file))),
    accesses: applicable.planned.maps.flatMap((map) => linesOf(map.accesses, found)),
    witnesses: [],
  }
}

/** Where the tests stay that raced. */
function withPaths(proof: Proof, found: Found): Validation {
  const files = testFiles(proof).map(found.positions.file)
  return proof.validation.witness === 'ok' ? { ...proof.validation, witness: files.join(', ') } : proof.validation
}

function lazyGround(found: Found, request: FixRequest): () => Promise<Ground> {
  let ground: Promise<Ground> | undefined
  const prepare = async (): Promise<Ground> => {
    request.progress('copying the modules')
    const place = { ...request, go: found.go }
    return prepareGround(place, await request.tempFolder('copy'), await request.tempFolder('tmp'))
  }
  return () => {
    ground ??= prepare()
    return ground
  }
}

async function diffOf(
  some: readonly Fix[],
  found: Found,
  gofmt: Gofmt,
  repository: Repository | null,
  cwd: string,
): Promise<string> {
  const { overlay } = await render(
    some.map((c) => c.fix),
    found.sources.text,
    gofmt,
  )
  return patch(overlay, found, repository, cwd)
}

/** Paths are relative to the repository's root, as git's own patches have them. */
function patch(overlay: Overlay, found: Found, repository: Repository | null, cwd: string): string {
  const base = repository?.root ?? cwd
  const changes = [...overlay].map(([path, after]) => ({
    path: relative(base, path).replaceAll('\\', '/'),
    before: isKnown(path, found) ? found.sources.text(path) : null,
    after,
  }))
  return unifiedDiff(changes.sort((a, b) => (a.path < b.path ? -1 : 1)))
}

async function write(overlay: Overlay, found: Found, request: FixRequest, journal: string): Promise<Committed> {
  request.progress('writing')
  const writes = [...overlay].map(([path, after]) => ({
    path,
    before: isKnown(path, found) ? found.sources.bytes(path) : null,
    after: after ?? '',
  }))
  return commit(writes, { files: request.files, journal, pid: request.pid, signal: request.signal })
}

function isKnown(path: string, found: Found): boolean {
  return found.packages.some((pkg) => pkg.files.some((file) => file.path === path))
}

/** The declaration of what the first of the findings is about. */
function declOf({ findings: [first] }: PlannedFix): Range {
  const about = first?.map ?? first?.subject
  if (about == null) throw new Error('bug: a fix without a finding')
  return about.decl
}

/** What the findings are about, each once. */
function namesOf({ findings }: PlannedFix): string {
  return [...new Set(findings.map(({ map, subject }) => (map ?? subject)?.name ?? ''))].join(', ')
}

/** Whether a transform ends the fault: findings about anything else stay open. */
function isAboutGuard(finding: Finding): finding is MapFinding {
  const other = rules.find(({ name, aboutGuard }) => name === finding.rule && !aboutGuard)
  return finding.map !== null && other === undefined
}
