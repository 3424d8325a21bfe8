/** What became of each planned fix, and how the report says it. */
import type { PackageFacts } from './facts.js'
import { filesOf } from './merge.js'
import { isRefusal, type PlannedFix, refuse } from './plan/pass.js'
import type { Coverage } from './prove/coverage.js'
import type { Proof } from './prove/prove.js'
import { NOT_VALIDATED, type PackageVerdict, type Validation } from './prove/stages.js'
import type { Positions } from './report/positions.js'
import type { FixReport } from './report/schema.js'
import type { Finding, Refusal, SuggestedFix } from './types.js'

/** A fix that may be applied, with what it came from. */
export interface Applicable {
  readonly planned: PlannedFix
  readonly fix: SuggestedFix
}

export type Outcome =
  | {
      readonly status: 'applied' | 'proposed' | 'declined'
      readonly fix: SuggestedFix
      readonly validation: Validation
      readonly coverage?: Coverage | null
      readonly packages?: readonly PackageVerdict[]
      readonly strays?: readonly string[]
      /** Made to race without it. */
      readonly tests?: NonNullable<FixReport['tests']>
      readonly diff: string
    }
  | { readonly status: 'failed'; readonly fix: SuggestedFix; readonly validation: Validation; readonly reason: string }
  | { readonly status: 'held'; readonly fix: SuggestedFix; readonly diff: string; readonly witness?: string }
  | { readonly status: 'refused'; readonly refusal: Refusal; readonly witness?: string }
  | { readonly status: 'open' }

/** Findings that cannot be planned for at all, with the reason: broken packages, and code that is not the user's. */
export function refusedBeforehand(finding: Finding, packages: readonly PackageFacts[]): Refusal | null {
  const about = finding.map ?? finding.subject
  if (about === null) throw new Error(`bug: a finding of ${finding.rule} about nothing`)
  const { pkg: own, decl } = about
  const no = (reason: string): Refusal => refuse(decl, reason)
  if (own.standard || own.module === null) return no('it belongs to the Go distribution, or to no module')
  if (!own.module.main) return no(`it belongs to ${own.module.path}, which is not one of the main modules`)
  const broken = packages.find(
    (pkg) => pkg.errors.length > 0 && (pkg === own || pkg.path === own.path || reaches(pkg, own.path, packages)),
  )
  return broken === undefined
    ? null
    : no(`package ${broken.path} does not type-check, so not all uses can be seen: ${broken.errors[0] ?? ''}`)
}

/** Why a fix is held back, '' if it need not be. */
function whyHeld(fix: SuggestedFix): string {
  return `it may change behaviour that someone relies on: ${fix.notes.join('; ') || fix.message}; --unsafe-fixes applies it`
}

export function isApplicable(
  planned: PlannedFix,
  unsafeFixes: boolean,
): planned is PlannedFix & { outcome: SuggestedFix } {
  return !isRefusal(planned.outcome) && (unsafeFixes || planned.outcome.applicability === 'safe')
}

/** A fix as the report has it. */
export function describeFix(group: string, transform: string, outcome: Outcome, positions: Positions): FixReport {
  const nothing = {
    group,
    transform,
    status: outcome.status,
    reason: '',
    at: '',
    notes: [],
    compound: [],
    edits: 0,
    files: [],
    validation: 'witness' in outcome ? { ...NOT_VALIDATED, witness: outcome.witness ?? 'off' } : NOT_VALIDATED,
  }
  if (outcome.status === 'open') return nothing
  if (outcome.status === 'refused')
    return { ...nothing, reason: outcome.refusal.reason, at: positions.at(outcome.refusal.at) }
  const { fix } = outcome
  const first = [...fix.edits].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start))[0]
  const described: FixReport = {
    ...nothing,
    transform: fix.transform,
    notes: [...fix.notes],
    compound: fix.compound.map((use) => ({ at: positions.at(use.at), operations: use.operations, now: use.now })),
    edits: fix.edits.length,
    files: filesOf(fix).map(positions.file),
  }
  switch (outcome.status) {
    case 'held':
      return { ...described, reason: whyHeld(fix), at: first ? positions.at(first) : '', diff: outcome.diff }
    case 'failed':
      return { ...described, reason: outcome.reason, validation: outcome.validation }
    default:
      return {
        ...described,
        validation: outcome.validation,
        ...(outcome.status !== 'declined' && outcome.coverage ? { coverage: outcome.coverage } : {}),
        ...(outcome.packages?.length ? { packages: [...outcome.packages] } : {}),
        ...(outcome.strays?.length ? { strays: outcome.strays.map(positions.file) } : {}),
        ...(outcome.tests && outcome.tests.length > 0 ? { tests: outcome.tests } : {}),
        diff: outcome.diff,
      }
  }
}

/** What a failed proof says, for people. */
export function whyFailed(proof: Extract<Proof, { kind: 'failed' }>): string {
  return `${proof.stage}: ${proof.output}`
}

/** Whether a package imports another, directly or through others of this run. */
function reaches(pkg: PackageFacts, path: string, packages: readonly PackageFacts[]): boolean {
  const seen = new Set<string>()
  const work = [...pkg.imports]
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    if (at === path) return true
    if (seen.has(at)) continue
    seen.add(at)
    for (const next of packages) if (next.path === at) work.push(...next.imports)
  }
  return false
}
