/** The report as data: what --format=json prints, and what pretty renders. */
import { createHash } from 'node:crypto'
import { SELECTED } from '../analysis/rules/index.js'
import type { PackageFacts } from '../facts.js'
import type { Access, Finding } from '../types.js'
import type { Positions } from './positions.js'
import type { AccessReport, FindingReport, FixReport, Report } from './schema.js'

export interface ReportInput {
  readonly version: string
  readonly go: string
  readonly packages: readonly PackageFacts[]
  readonly maps: number
  readonly shared: number
  readonly findings: readonly { readonly finding: Finding; readonly fix?: FixReport | undefined }[]
  readonly positions: Positions
  readonly milliseconds: number
}

/** Errors shown of one package: the first ones say what is wrong. */
const ERRORS_SHOWN = 5

/** Puts a report together. Findings keep their order; ids depend on rule and map name alone. */
export function buildReport(input: ReportInput): Report {
  const ids = new Map<string, number>()
  const findings = input.findings.map(({ finding, fix }) => describe(finding, fix, ids, input.positions))
  const count = (status: FixReport['status']): number => findings.filter(({ fix }) => fix?.status === status).length
  return {
    schema: 1,
    tool: { name: 'mapfix', version: input.version },
    go: input.go,
    errors: input.packages.flatMap(errorsOf(input.positions)),
    findings,
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
      seconds: Math.round(input.milliseconds / 100) / 10,
    },
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

function describe(
  finding: Finding,
  fix: FixReport | undefined,
  ids: Map<string, number>,
  positions: Positions,
): FindingReport {
  const { map, subject, at } = finding
  const decl = (map ?? subject)?.decl
  if (!decl) throw new Error(`bug: a finding of ${finding.rule} about nothing`)
  const [a, b] = finding.racing
  const access = (x: Access): AccessReport => describeAccess(x, positions)
  return {
    id: idOf(finding, ids),
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
    ...(fix ? { fix } : {}),
  }
}

function describeAccess(access: Access, positions: Positions): AccessReport {
  return {
    op: access.op,
    at: positions.at(access.range),
    function: access.func.display,
    held: [...access.held].map(([lock, mode]) => (mode === 'r' ? `${lock} (read)` : lock)).sort(),
    reached: access.reached.map(({ what, at }) => (at === null ? what : `${what} at ${positions.at(at)}`)),
  }
}

function idOf(finding: Finding, ids: Map<string, number>): string {
  const key = `${finding.rule}\0${(finding.map ?? finding.subject)?.name}`
  const nth = (ids.get(key) ?? 0) + 1
  ids.set(key, nth)
  return createHash('sha256')
    .update(nth === 1 ? key : `${key}\0${nth}`)
    .digest('hex')
    .slice(0, 16)
}
