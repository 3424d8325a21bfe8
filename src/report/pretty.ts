/** The report for people. */
import pc from 'picocolors'
import { counted } from '../quantity.js'
import type { AccessReport, FindingReport, FixReport, Report } from './schema.js'
import { prettyEntries, prettyEvidence } from './seen.js'

export interface PrettyOptions {
  readonly color: boolean
  /** Every access of each map, not the racing ones alone. */
  readonly verbose: boolean
  /** Leave out the diffs: they are printed by themselves. */
  readonly diffs: boolean
  /** "check" has nothing to say of fixes. */
  readonly fixing: boolean
}

type Colors = ReturnType<typeof pc.createColors>

/** The whole report, ending in a summary line. */
export function pretty(report: Report, options: PrettyOptions): string {
  const c = pc.createColors(options.color)
  const shown = new Set<string>()
  const parts = [
    ...report.errors.map((e) => `${c.red('error')} ${e.package}: ${e.message}\n`),
    ...report.findings.map((finding) => {
      const repeated = finding.fix !== undefined && shown.has(finding.fix.group)
      if (finding.fix) shown.add(finding.fix.group)
      return prettyFinding(finding, repeated, options)
    }),
  ]
  if (report.evidence) parts.push(prettyEvidence(report.evidence, c))
  return `${parts.join('\n')}${parts.length > 0 ? '\n' : ''}${summary(report, options)}\n`
}

/** One finding; of a fix that was shown with another (`repeated`) only the name. Lines end in newlines. */
export function prettyFinding(
  finding: FindingReport,
  repeated: boolean,
  options: Pick<PrettyOptions, 'color' | 'verbose' | 'diffs'>,
): string {
  const c = pc.createColors(options.color)
  const { map, subject } = finding
  const confidence = finding.confidence === null ? '' : ` (${finding.confidence})`
  const lines = [
    map
      ? `${map.at}: ${c.bold(map.name)} ${c.dim(map.type)}`
      : `${finding.at}: ${c.bold(subject?.name ?? '')} ${c.dim(subject?.kind ?? '')}`,
    `  ${c.yellow(finding.rule)}${confidence}: ${finding.message}`,
  ]
  const accesses = options.verbose || finding.racing.length === 0 ? finding.accesses : finding.racing
  const same = finding.racing.length === 2 && finding.racing[0]?.at === finding.racing[1]?.at && !options.verbose
  for (const access of same ? accesses.slice(0, 1) : accesses) lines.push(...prettyAccess(access, c))
  lines.push(...prettyEntries(finding, options, c))
  for (const place of finding.related) lines.push(`    ${place.at}: ${place.what}`)
  if (same) lines.push('    races with itself, in another goroutine')
  if (finding.fix)
    lines.push(
      ...(repeated
        ? [`  ${c.cyan('fix')} the same as above (${finding.fix.group})`]
        : prettyFix(finding.fix, options, c)),
    )
  return `${lines.join('\n')}\n`
}

function prettyAccess(access: AccessReport, c: Colors): string[] {
  const held = access.held.length === 0 ? 'no lock held' : `holding ${access.held.join(', ')}`
  return [
    `    ${access.at}: ${access.op} in ${access.function}, ${held}`,
    ...reaches(access.reached).map((how) => c.dim(`      ${how}`)),
  ]
}

/** The first few: json has them all. */
function reaches(all: readonly string[]): readonly string[] {
  const shown = all.slice(0, SHOWN_REACHES).map((how) => `reached by ${how}`)
  const more = all.length - shown.length
  return more > 0 ? [...shown, `and ${more} more`] : shown
}

const SHOWN_REACHES = 3

function prettyFix(fix: FixReport, options: Pick<PrettyOptions, 'diffs'>, c: Colors): string[] {
  const paint = fix.status === 'applied' || fix.status === 'proposed' ? c.green : fix.status === 'open' ? c.dim : c.red
  const lines = [`  ${c.cyan('fix')} ${fix.transform}: ${paint(fix.status)}${fix.at ? ` at ${fix.at}` : ''}`]
  if (fix.reason) lines.push(...fix.reason.split('\n').map((line) => `    ${line}`))
  if (fix.edits > 0) lines.push(`    ${counted(fix.edits, 'edit')} in ${fix.files.join(', ')}`)
  for (const use of fix.compound) lines.push(`    ${use.at}: ${use.operations} operations, now ${use.now}`)
  for (const note of fix.notes) lines.push(`    note: ${note}`)
  const stages = Object.entries(fix.validation).filter(([, result]) => result !== 'off')
  if (stages.length > 0)
    lines.push(`    proof: ${stages.map(([stage, result]) => `${stage} ${result}`).join(', ')}${coverageOf(fix)}`)
  lines.push(...aboutTests(fix).map((line) => `    ${line}`))
  if (options.diffs && fix.diff)
    lines.push(
      '',
      ...fix.diff
        .trimEnd()
        .split('\n')
        .map((line) => colorDiff(line, c)),
    )
  return lines
}

/** What there is to say of the tests, beyond a word: packages that did not simply pass, and what they left behind. */
function aboutTests({ packages = [], strays = [] }: FixReport): string[] {
  const lines = packages
    .filter(({ why }) => why !== '')
    .map(({ package: path, result, why }) => `tests of ${path}: ${result}: ${why}`)
  if (strays.length > 0) lines.push(`the tests write into the modules, in a copy here: ${firstOf(strays)}`)
  return lines.length > SHOWN_TESTS ? [...lines.slice(0, SHOWN_TESTS), `and ${lines.length - SHOWN_TESTS} more`] : lines
}

const SHOWN_TESTS = 5

function firstOf(names: readonly string[]): string {
  const more = names.length - SHOWN_REACHES
  return `${names.slice(0, SHOWN_REACHES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** Of the lines that the fix touched and that can run, how many tests ran. */
function coverageOf({ coverage }: FixReport): string {
  return coverage && coverage.lines > 0
    ? `; tests run ${coverage.covered} of ${counted(coverage.lines, 'touched line')}`
    : ''
}

function colorDiff(line: string, c: Colors): string {
  if (/^(diff|new file|deleted file|---|\+\+\+) ?/.test(line)) return c.bold(line)
  if (line.startsWith('@@')) return c.cyan(line)
  return line.startsWith('+') ? c.green(line) : line.startsWith('-') ? c.red(line) : line
}

function summary({ summary: s, errors }: Report, options: PrettyOptions): string {
  const counts = (['applied', 'open', 'refused', 'held', 'failed', 'declined'] as const)
    .filter((k) => s[k] > 0)
    .map((k) => `${s[k]} ${k}`)
  const looked = `${counted(s.packages, 'package')}, ${counted(s.maps, 'map')}, ${s.shared} shared between goroutines`
  const broken = new Set(errors.map((e) => e.package)).size
  const left = broken > 0 ? `; ${counted(broken, 'package')} could not be read whole` : ''
  const found = s.findings === 0 ? 'no findings' : counted(s.findings, 'finding')
  const fixes = options.fixing && counts.length > 0 ? ` (${counts.join(', ')})` : ''
  const suppressed = s.suppressed > 0 ? `; ${s.suppressed} suppressed` : ''
  const unchanged = s.unchanged > 0 ? `; ${s.unchanged} on no changed line` : ''
  return `${found}${fixes} in ${looked}${suppressed}${unchanged}${left}; ${s.seconds} s${hidden(s.hidden)}`
}

/** How many findings are less sure than was asked for, and how to see them. */
function hidden({ likely, possible }: Report['summary']['hidden']): string {
  const counts = [likely > 0 ? `${likely} likely` : '', possible > 0 ? `${possible} possible` : '']
  const all = counts.filter((text) => text !== '').join(', ')
  return all === '' ? '' : `\n${all}: --min-confidence=${possible > 0 ? 'possible' : 'likely'} shows them`
}
