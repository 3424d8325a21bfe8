/** The second half of the story: plan → merge → prove → review → write. */
import { type Fix, planFixes, type Settled, settle } from './candidates.js'
import { certify, testsOf } from './certificates.js'
import { type Found, find, type Request } from './driver.js'
import { isAlive } from './go/run.js'
import { describeFix, type Outcome, whyFailed } from './outcome.js'
import { filesRead, type Patches, patchesOf } from './patches.js'
import type { PlannedFix, Request as PlanRequest } from './plan/pass.js'
import { gofmtAt } from './prove/gofmt.js'
import type { Proof } from './prove/prove.js'
import type { Stage, Validation } from './prove/stages.js'
import type { Reds } from './prove/witness.js'
import type { Certificate } from './report/certificate.js'
import type { FindingReport, FixReport } from './report/schema.js'
import type { Finding, Overlay } from './types.js'
import { evidenceFor, sayUnfixed, testFiles, withTests, witnessesFor } from './witnesses.js'
import { type Review, type Workbench, workbench } from './workbench.js'
import { type Committed, commit } from './write/commit.js'
import type { Files } from './write/files.js'
import { type Allowed, mustBeSafe, type Repository, repositoryOf } from './write/git.js'
import { journalPath, recover } from './write/journal.js'

export interface FixRequest extends Request {
  readonly plan: PlanRequest
  readonly stages: ReadonlySet<Stage>
  readonly tests: 'affected' | 'package' | 'all'
  readonly timeout: string
  /** Whether tests are made that race, and stay. */
  readonly witness: 'temp' | 'keep' | 'off'
  /** The version of mapfix that a certificate names; left out where none is wanted. */
  readonly certify?: string | undefined
  /** Make a patch and write nothing. */
  readonly diffOnly: boolean
  /** Decides which of the proved fixes are taken; null takes them all. */
  readonly review: Review | null
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
  /** The same, a fix at a time, in the order of the findings: what each adds to those before it. */
  readonly steps: () => Promise<readonly Step[]>
  /** Of what passed, if it was asked for. */
  readonly certificate: Certificate | null
  /** What was written, to be kept or taken back; null when nothing was. */
  readonly committed: Committed | null
}

/** One fix on top of others. */
export interface Step {
  readonly group: string
  /** Absolute path → the file as it is from here on; null where it goes. */
  readonly overlay: Overlay
}

interface Described {
  readonly finding: Finding
  readonly fix: FixReport
  readonly evidence: FindingReport['evidence']
}

/** Finds, rewrites, proves, and writes what passed (unless diffOnly). Refused, before anything else: an unsafe tree. */
export async function fix(request: FixRequest): Promise<Fixed> {
  const { cwd, signal, progress } = request
  const repository = await repositoryOf(cwd, request)
  const journal = await journalPath(cwd, repository?.gitDir ?? null, request.files)
  const restored = await recover(journal, request.files, isAlive)
  if (restored.length > 0)
    request.notice(`an earlier run was cut short while it wrote; put back: ${restored.join(', ')}`)
  if (!request.diffOnly) await mustBeSafe(cwd, request.allowed, request)
  await request.review?.prepare(await journalPath(cwd, repository?.gitDir ?? null, request.files, 'review'))

  const found = await find(request)
  progress('planning')
  const gofmt = gofmtAt(found.go.gofmt, { cwd, env: request.env, signal })
  const patches = patchesOf(found, gofmt, repository?.root ?? cwd)
  const planning = { ...request, refuseIgnored: !request.diffOnly && !request.allowed.noVcs }
  const { fixes, settled, unfixed } = await planFixes(found, planning, patches)
  if (!request.diffOnly) await mustBeSafeElsewhere(fixes, repository, request)
  const bench = workbench(found, planning, patches, fixes)
  const proofs = await bench.prove(fixes)
  const { taken, declined } = request.review
    ? await request.review.decide(bench, proofs)
    : { taken: proofs, declined: new Set<Fix>() }

  const observed = request.review || request.witness === 'off' ? [] : await observeAll(unfixed, settled, bench)
  const described = { request, found, patches }
  for (const [c, proof] of proofs)
    if (!taken.has(c)) settle(settled, c.planned, await left(c, proof, declined.has(c), described))
  const kept: Fix[] = []
  const proved: [Fix, Proof & { readonly kind: 'proved' }][] = []
  for (const [candidate, proof] of taken) {
    const c = { ...candidate, fix: request.witness === 'keep' ? withTests(candidate.fix, proof) : candidate.fix }
    if (proof.kind === 'proved') {
      kept.push(c)
      proved.push([c, proof])
    }
    settle(settled, c.planned, await outcomeOf(c, proof, described))
  }
  const { overlay } = await patches.render(kept.map((c) => c.fix))
  const { certify: version } = request
  const certificate =
    version === undefined
      ? null
      : certify(proved, overlay, await bench.sources(overlay), { found, patches, version, asked: request })
  const committed = request.diffOnly || overlay.size === 0 ? null : await write(overlay, found, request, journal)
  const verdicts = [...taken, ...proofs]
  return {
    found,
    findings: found.findings.map((finding) => {
      const [, proof] = verdicts.find(([c]) => c.planned.findings.includes(finding)) ?? []
      const open = { group: '', transform: request.plan.transform, outcome: { status: 'open' as const } }
      const { group, transform, outcome } = settled.get(finding) ?? open
      return {
        finding,
        fix: describeFix(group, transform, outcome, found.positions),
        evidence: evidenceFor(finding, proof ?? observed.find(([p]) => p.findings.includes(finding))?.[1], found),
      }
    }),
    diff: patches.diff(overlay),
    steps: () => stepsOf(kept, patches),
    committed,
    certificate,
  }
}

/** Tests of the maps that nothing mends: whoever has to do it by hand sees that it is worth it. */
async function observeAll(
  unfixed: readonly PlannedFix[],
  settled: Settled,
  bench: Workbench,
): Promise<readonly (readonly [PlannedFix, Reds])[]> {
  const reserved = new Set<string>()
  const tests = unfixed.map((p) => [p, witnessesFor(p, { compound: [] }, bench.found, reserved)] as const)
  const seen = await bench.observe(tests.flatMap(([, witnesses]) => witnesses))
  const observed = tests.map(([p, witnesses]) => {
    const own = new Map([...seen].filter(([witness]) => witnesses.includes(witness)))
    return [p, own] as const
  })
  for (const [p, own] of observed) {
    const [outcome] = p.findings.map((finding) => settled.get(finding)?.outcome)
    if (own.size === 0) continue
    if (outcome?.status === 'refused' || outcome?.status === 'held')
      settle(settled, p, { ...outcome, witness: sayUnfixed(own) })
  }
  return observed
}

interface Describing {
  readonly request: FixRequest
  readonly found: Found
  readonly patches: Patches
}

/** What becomes of a fix that is not taken. */
async function left(c: Fix, proof: Proof, declined: boolean, { patches }: Describing): Promise<Outcome> {
  if (proof.kind === 'failed') return failed(c, proof)
  if (!declined) return { status: 'open' }
  const { overlay } = await patches.render([c.fix])
  return { status: 'declined', fix: c.fix, validation: proof.validation, diff: patches.diff(overlay) }
}

async function outcomeOf(c: Fix, proof: Proof, { request, found, patches }: Describing): Promise<Outcome> {
  if (proof.kind === 'failed') return failed(c, proof)
  const { overlay } = await patches.render([c.fix])
  return {
    status: request.diffOnly ? 'proposed' : 'applied',
    fix: c.fix,
    validation: request.witness === 'keep' ? withPaths(proof, found) : proof.validation,
    coverage: proof.coverage,
    packages: proof.packages,
    strays: proof.strays,
    tests: testsOf(proof.witnesses, found.positions.file).map(({ test, text, before }) => ({ test, text, before })),
    diff: patches.diff(overlay),
  }
}

function failed(c: Fix, proof: Proof & { kind: 'failed' }): Outcome {
  return { status: 'failed', fix: c.fix, validation: proof.validation, reason: whyFailed(proof) }
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

/** Where the tests stay that raced. */
function withPaths(proof: Proof, found: Found): Validation {
  const files = testFiles(proof).map(found.positions.file)
  return proof.validation.witness === 'ok' ? { ...proof.validation, witness: files.join(', ') } : proof.validation
}

async function stepsOf(kept: readonly Fix[], patches: Patches): Promise<readonly Step[]> {
  const steps: Step[] = []
  let before: Overlay = new Map()
  for (const [i, { planned }] of kept.entries()) {
    const { overlay } = await patches.render(kept.slice(0, i + 1).map((c) => c.fix))
    const changed = [...overlay].filter(([path, text]) => before.get(path) !== text)
    steps.push({ group: planned.group, overlay: new Map(changed) })
    before = overlay
  }
  return steps
}

async function write(overlay: Overlay, found: Found, request: FixRequest, journal: string): Promise<Committed> {
  request.progress('writing')
  const known = filesRead(found)
  const writes = [...overlay].map(([path, after]) => ({
    path,
    before: known.has(path) ? found.sources.bytes(path) : null,
    after: after ?? '',
  }))
  return commit(writes, { files: request.files, journal, pid: request.pid, signal: request.signal })
}
