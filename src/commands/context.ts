/** What a command has to work with. */
import type { Checked, Request } from '../driver.js'
import { githubLines, vetLines } from '../report/lines.js'
import { postmortem, stacksTable } from '../report/postmortem.js'
import { type PrettyOptions, pretty } from '../report/pretty.js'
import { buildReport, type ReportInput } from '../report/report.js'
import type { Report } from '../report/schema.js'
import type { Files } from '../write/files.js'
import type { Settings } from './flags.js'
import type { Io } from './io.js'
import { type Output, print } from './output.js'

export interface Context {
  readonly settings: Settings
  readonly request: Request
  /** The arguments, as they were given. */
  readonly argv: readonly string[]
  readonly stdin: Io['stdin']
  readonly stdout: Output
  readonly stderr: Output
  readonly files: Files
  readonly pid: number
  readonly version: string
  /** Milliseconds since the run began. */
  readonly elapsed: () => number
  readonly clearProgress: () => void
}

/** The report of what was found, and of the fixes where there are any. */
export function reportOn(context: Context, found: Checked, findings: ReportInput['findings']): Report {
  return buildReport({
    version: context.version,
    go: found.header.go,
    packages: found.packages,
    maps: found.analysis.maps.length,
    shared: found.analysis.shared.length,
    findings,
    ids: found.ids,
    suppressed: found.suppressed,
    idle: found.idle,
    hidden: found.hidden,
    known: found.known,
    gone: found.gone,
    knownPath: context.settings.suppressions,
    unchanged: found.unchanged,
    positions: found.positions,
    milliseconds: context.elapsed(),
    seen: found.evidence,
  })
}

/** Says on standard error which suppressions suppress nothing. */
export async function warnUnused({ unused }: Report, { settings, stderr }: Context): Promise<void> {
  if (settings.quiet) return
  await print(stderr, unused.map(({ at, text, message }) => `mapfix: ${at}: ${text}: ${message}\n`).join(''))
}

/** The report as the user asked for it. */
export function format(report: Report, context: Context, options: Pick<PrettyOptions, 'diffs' | 'fixing'>): string {
  const { settings } = context
  if (settings.format === 'vet') return vetLines(report)
  if (settings.format === 'github') return githubLines(report)
  if (settings.format === 'markdown' && report.evidence) return postmortem({ ...report, evidence: report.evidence })
  if (settings.format === 'csv' && report.evidence) return stacksTable(report.evidence)
  if (settings.format === 'json') return `${JSON.stringify(report, null, 2)}\n`
  return pretty(report, { ...options, color: isColored(context), verbose: settings.verbose })
}

/** Whether standard output is to be coloured. */
export function isColored({ settings, stdout, request }: Context): boolean {
  const { NO_COLOR } = request.env
  const auto = stdout.isTTY === true && (NO_COLOR === undefined || NO_COLOR === '')
  return settings.color === 'always' || (settings.color === 'auto' && auto)
}
