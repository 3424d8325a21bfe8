/** The report as data: what --format=json prints, and what pretty renders. */
import type { Suppressed, Suppression } from '../analysis/index.js'
import { SELECTED } from '../analysis/rules/index.js'
import type { PackageFacts } from '../facts.js'
import type { Fused } from '../fusion/fuse.js'
import type { Observed } from '../fusion/observe.js'
import type { Access, Finding } from '../types.js'
import { type Counted, describeEvidence, entriesFor, settling } from './evidence.js'
import type { Known, KnownEntry } from './known.js'
import type { Positions } from './positions.js'
import type { AccessReport, FindingReport, FixReport, Report, SuppressedReport } from './schema.js'

/** A finding with what became of it. */
export interface Described {
  readonly finding: Finding
  readonly fix?: FixReport | undefined
  /** Where it was observed. */
  readonly evidence?: FindingReport['evidence']
}

export interface ReportInput {
  readonly version: string
  readonly go: string
  readonly packages: readonly PackageFacts[]
  readonly maps: number
  readonly shared: number
  readonly findings: readonly Described[]
  readonly ids: ReadonlyMap<Finding, string>
  readonly suppressed: readonly Suppressed[]
  readonly idle: readonly Suppression[]
  readonly hidden: Report['summary']['hidden']
  /** What the file of known findings keeps back, and its entries that nothing has. */
  readonly known: readonly { readonly finding: Finding; readonly entry: KnownEntry }[]
  readonly gone: readonly KnownEntry[]
  /** The file's path, "" without. */
  readonly knownPath: Known['path']
  readonly unchanged: number
  readonly positions: Positions
  readonly milliseconds: number
  /** What the user's evidence says, and what there is to know about it. */
  readonly seen?: (Observed & Fused & Counted) | null
}

/** Errors shown of one package: the first ones say what is wrong. */
const ERRORS_SHOWN = 5

/** Puts a report together. Findings keep their order. */
export function buildReport(input: ReportInput): Report {
  const { positions } = input
  const findings = input.findings.map((one) => reported(one, input.ids, positions, input.seen ?? null))
  const count = (status: FixReport['status']): number => findings.filter(({ fix }) => fix?.status === status).length
  return {
    schema: 1,
    tool: { name: 'mapfix', version: input.version },
    go: input.go,
    errors: input.packages.flatMap(errorsOf(input.positions)),
    findings,
    suppressed: suppressedOf(input),
    unused: [
      ...input.idle.map(({ at, text, problem }) => ({
        at: positions.at(at),
        text,
        message: problem || 'it suppresses nothing',
      })),
      ...input.gone.map(({ rule, name }) => ({
        at: input.knownPath,
        text: `${rule} of ${name}`,
        message: 'there is no such finding any more: --update-suppressions takes it out',
      })),
    ],
    ...(input.seen ? { evidence: describeEvidence(input.seen, input.suppressed, positions) } : {}),
    summary: {
      packages: new Set(input.packages.map((p) => p.path.replace(/_test$/, ''))).size,
      maps: input.maps,
      shared: input.shared,
      findings: findings.length,
      applied: count('applied'),
      open: count('open'),
      refused: count('refused'),
      held: count('held'),
      failed: count('failed'),
      declined: count('declined'),
      suppressed: input.suppressed.length + input.known.length,
      hidden: input.hidden,
      unchanged: input.unchanged,
      seconds: Math.round(input.milliseconds / 100) / 10,
    },
  }
}

/** A finding as the report has it. */
export function reported(
  { finding, fix, evidence: witnessed = [] }: Described,
  ids: ReadonlyMap<Finding, string>,
  positions: Positions,
  seen: Observed | null,
): FindingReport {
  const evidence = [...(seen ? entriesFor(finding, seen, positions) : []), ...witnessed]
  return {
    ...describe(finding, ids, positions),
    ...(evidence.length > 0 ? { evidence } : {}),
    ...(evidence.some(({ kind }) => kind !== 'dump')
      ? { confidence: 'proven' as const }
      : settling(finding, positions)),
    ...(fix ? { fix } : {}),
  }
}

/** The first errors of a package that does not load or type-check. */
export function errorsOf(positions: Positions): (pkg: PackageFacts) => { package: string; message: string }[] {
  return (pkg) =>
    pkg.errors.slice(0, ERRORS_SHOWN).map((error) => {
      const place = /^(.+?)(:\d+(?::\d+)?: )/s.exec(error)
      const message = place?.[1]?.startsWith('/') ? positions.file(place[1]) + error.slice(place[1].length) : error
      return { package: pkg.path, message }
    })
}

/** A finding with positions for people, without what became of it. */
export function describe(finding: Finding, ids: ReadonlyMap<Finding, string>, positions: Positions): FindingReport {
  const { map, subject, at } = finding
  const decl = (map ?? subject)?.decl
  if (!decl) throw new Error(`bug: a finding of ${finding.rule} about nothing`)
  const [a, b] = finding.racing
  const access = (x: Access): AccessReport => describeAccess(x, positions)
  return {
    id: idIn(ids, finding),
    rule: finding.rule,
    map: map && { name: map.name, kind: map.kind, type: map.type, at: positions.at(map.decl) },
    ...(subject ? { subject: { kind: subject.kind, name: subject.name, at: positions.at(subject.decl) } } : {}),
    confidence: finding.rule === SELECTED ? null : finding.confidence,
    message: finding.message,
    at: positions.at(at ?? decl),
    racing: a && b ? [access(a), access(b)] : [],
    accesses: map?.accesses.map(access) ?? [],
    related: finding.related.map((place) => ({ at: positions.at(place.at), what: place.what })),
    evidence: [],
  }
}

/** An access with positions for people. */
export function describeAccess(access: Access, positions: Positions): AccessReport {
  return {
    op: access.op,
    at: positions.at(access.range),
    function: access.func.display,
    held: [...access.held].map(([lock, mode]) => (mode === 'r' ? `${lock} (read)` : lock)).sort(),
    reached: access.reached.map(({ what, at }) => (at === null ? what : `${what} at ${positions.at(at)}`)),
    paths: access.reached.map(({ through }) => [...through]),
  }
}

function suppressedOf({ suppressed, known, knownPath, ids, positions }: ReportInput): SuppressedReport[] {
  const describe = (finding: Finding, by: SuppressedReport['by']): SuppressedReport =>
    describeSuppressed(finding, by, idIn(ids, finding), positions)
  return [
    ...suppressed.map(({ finding, by: { at, reason } }) =>
      describe(finding, { kind: 'comment', at: positions.at(at), reason }),
    ),
    ...known.map(({ finding, entry }) => describe(finding, { kind: 'file', at: knownPath, reason: entry.reason })),
  ]
}

function describeSuppressed(
  finding: Finding,
  by: SuppressedReport['by'],
  id: string,
  positions: Positions,
): SuppressedReport {
  const { rule, map, subject, confidence, at } = finding
  const about = map ?? subject
  if (!about) throw new Error(`bug: a finding of ${rule} about nothing`)
  return {
    id,
    rule,
    name: about.name,
    confidence,
    at: positions.at(at ?? about.decl),
    by,
  }
}

function idIn(ids: ReadonlyMap<Finding, string>, finding: Finding): string {
  const id = ids.get(finding)
  if (id === undefined) throw new Error(`bug: a finding of ${finding.rule} without an id`)
  return id
}
