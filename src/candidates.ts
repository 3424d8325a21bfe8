/** What is planned for the findings: fixes that go on to proof, and what is settled before. */
import { basename, dirname } from 'node:path'
import { plan } from '../transforms/index.js'
import { rules } from './analysis/rules/index.js'
import type { Found } from './driver.js'
import { type Advice, advise } from './fusion/advise.js'
import { disputed } from './fusion/fuse.js'
import { clashing, filesOf } from './merge.js'
import { type Applicable, isApplicable, type Outcome, refusedBeforehand } from './outcome.js'
import { filesRead, type Patches } from './patches.js'
import { isRefusal, type PlannedFix, type Request as PlanRequest, refuse } from './plan/pass.js'
import { hasRemedy, mend } from './plan/remedies/index.js'
import { type Elsewhere, findingsOn, withThose } from './platforms.js'
import type { Candidate } from './prove/prove.js'
import type { Finding, MapFinding, Range, Refusal } from './types.js'
import { linesOf, witnessesFor } from './witnesses.js'
import { ignoredFiles, type Place } from './write/git.js'

/** A fix that may be applied, and can be proved. */
export interface Fix extends Candidate, Applicable {}

/** What became of each finding, as far as it is known. */
export type Settled = Map<Finding, { group: string; transform: string; outcome: Outcome }>

export interface Planning extends Place {
  readonly plan: PlanRequest
  readonly witness: 'temp' | 'keep' | 'off'
  /** Files that git ignores are refused. */
  readonly refuseIgnored: boolean
}

export interface Plans {
  readonly fixes: readonly Fix[]
  readonly settled: Settled
  /** What is settled though nothing mends it: refused, or held. */
  readonly unfixed: readonly PlannedFix[]
}

/** Plans every finding; what cannot be applied is settled at once, the rest goes on to proof. */
export async function planFixes(found: Found, request: Planning, patches: Patches): Promise<Plans> {
  const settled: Settled = new Map()
  const planned = planAll(found, request, settled)
  const fixes: Fix[] = []
  const unfixed: PlannedFix[] = []
  const reserved = new Set<string>()
  for (const p of planned) {
    const leave = (outcome: Outcome): void => {
      settle(settled, p, outcome)
      unfixed.push(p)
    }
    const refused = (reason: string): Outcome => ({ status: 'refused', refusal: refuse(declOf(p), reason) })
    if (isRefusal(p.outcome)) {
      leave({ status: 'refused', refusal: p.outcome })
      continue
    }
    const candidate = toCandidate({ planned: p, fix: p.outcome }, found)
    const ignored = request.refuseIgnored ? await ignoredFiles(candidate.files, request) : []
    const clash = clashing(
      p.outcome,
      fixes.map((c) => c.fix),
    )
    const other = fixes.find((c) => c.fix === clash)
    if (!isApplicable(p, request.plan.unsafeFixes)) {
      const { overlay } = await patches.render([p.outcome])
      leave({ status: 'held', fix: p.outcome, diff: patches.diff(overlay) })
    } else if (ignored[0] !== undefined) {
      leave(
        refused(
          `git ignores ${basename(ignored[0])}, so the change could not be taken back; --allow-no-vcs does it all the same`,
        ),
      )
    } else if (other) {
      leave(refused(`conflicts with the fix of ${namesOf(other.planned)}`))
    } else {
      const witnesses = request.witness === 'off' ? [] : witnessesFor(p, p.outcome, found, reserved)
      fixes.push({ ...candidate, witnesses })
    }
  }
  return { fixes, settled, unfixed }
}

export function settle(settled: Settled, planned: PlannedFix, outcome: Outcome): void {
  for (const finding of planned.findings)
    settled.set(finding, { group: planned.group, transform: planned.transform, outcome })
}

/** What the findings are about, each once. */
export function namesOf({ findings }: PlannedFix): string {
  return [...new Set(findings.map(({ map, subject }) => (map ?? subject)?.name ?? ''))].join(', ')
}

/** Whether a transform ends the fault: findings about anything else stay open. */
export function isAboutGuard(finding: Finding): finding is MapFinding {
  const other = rules.find(({ name, aboutGuard }) => name === finding.rule && !aboutGuard)
  return finding.map !== null && other === undefined
}

/** A plan rests on what the analysis says; where evidence says otherwise of the same access, nothing is built on it. */
function refusedByEvidence({ map }: Finding, { evidence }: Found): Refusal | null {
  const seen = evidence?.maps.find((one) => one.map === map)
  const at = seen ? disputed(seen) : null
  return (
    at &&
    refuse(at, 'it was seen to race here, where the analysis holds that nothing else runs: a lock would be left out')
  )
}

function planAll(found: Found, request: Planning, settled: Settled): PlannedFix[] {
  const plannable: MapFinding[] = []
  const mendable: Finding[] = []
  const mends = request.plan.transform === 'auto' && request.plan.own == null
  for (const finding of found.findings) {
    if (!isAboutGuard(finding) && !(mends && hasRemedy(finding))) continue
    const refusal = refusedBeforehand(finding, found.packages) ?? refusedByEvidence(finding, found)
    if (refusal !== null)
      settled.set(finding, {
        group: (finding.map ?? finding.subject)?.name ?? '',
        transform: request.plan.transform,
        outcome: { status: 'refused', refusal },
      })
    else if (isAboutGuard(finding)) plannable.push(finding)
    else mendable.push(finding)
  }
  const { engine } = found.analysis
  const source = found.sources.text
  const guarded = planned(plannable, found, request)
  return [...guarded, ...mend(mendable, { engine, source }, (n) => `g${guarded.length + n + 1}`)]
}

/** With what measurements advise, where that can be done; else as without them. */
function planned(findings: readonly MapFinding[], found: Found, { plan: asked }: Planning): readonly PlannedFix[] {
  const advice = new Map<string, Advice>()
  if (asked.transform === 'auto' && asked.own == null)
    for (const { map, measured } of found.evidence?.maps ?? []) {
      const advised = measured && !asked.chosen?.has(map.name) ? advise(measured) : null
      if (advised && (advised.transform !== 'mutex' || map.guard === null)) advice.set(map.name, advised)
    }
  if (!findings.some(({ map }) => advice.has(map.name))) return planEverywhere(findings, found, asked)
  const chosen = new Map([...advice].map(([name, { transform }]) => [name, { transform, style: asked.style }] as const))
  const wished = planEverywhere(findings, found, { ...asked, chosen: new Map([...chosen, ...(asked.chosen ?? [])]) })
  if (wished.some(({ outcome, maps }) => isRefusal(outcome) && maps.some(({ name }) => advice.has(name))))
    return planEverywhere(findings, found, asked)
  return wished.map((fix) => {
    const because = fix.maps.flatMap(({ name }) => advice.get(name)?.because ?? [])
    if (isRefusal(fix.outcome) || because.length === 0) return fix
    return { ...fix, outcome: { ...fix.outcome, notes: [...because, ...fix.outcome.notes] } }
  })
}

/** Planned on each platform; twice where there are several, so that containers have the methods that any of them needs. */
function planEverywhere(findings: readonly MapFinding[], found: Found, asked: PlanRequest): readonly PlannedFix[] {
  const { analysis, elsewhere, sources } = found
  const here = (request: PlanRequest): PlannedFix[] =>
    plan(findings, request, { program: analysis.program, maps: analysis.maps, source: sources.text })
  if (elsewhere.length === 0) return here(asked)
  const request: PlanRequest = { ...asked, read: filesRead(found), needed: new Map() }
  const there = (one: Elsewhere): PlannedFix[] =>
    plan(findingsOn(one, findings), request, { program: one.program, maps: one.maps, source: sources.text })
  here(request)
  for (const one of elsewhere) there(one)
  return elsewhere.reduce<readonly PlannedFix[]>((all, one) => withThose(all, there(one), one), here(request))
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

/** The declaration of what the first of the findings is about. */
function declOf({ findings: [first] }: PlannedFix): Range {
  const about = first?.map ?? first?.subject
  if (about == null) throw new Error('bug: a fix without a finding')
  return about.decl
}
