/** What a command has to work with. */
import type { Checked, Request } from '../driver.js'
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

/** Whether standard output is to be coloured. */
export function isColored({ settings, stdout, request }: Context): boolean {
  const { NO_COLOR } = request.env
  const auto = stdout.isTTY === true && (NO_COLOR === undefined || NO_COLOR === '')
  return settings.color === 'always' || (settings.color === 'auto' && auto)
}
