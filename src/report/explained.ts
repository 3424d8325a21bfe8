/** An explanation for people: a table that fits a terminal of 80 columns, and sentences. */
import pc from 'picocolors'
import type { ExplainedMap, ExplanationReport } from './explanation.js'
import { wrap } from './wrap.js'

type Colors = ReturnType<typeof pc.createColors>

/** All maps, one below the other. Lines are broken at `width` columns where there is a blank. */
export function prettyExplanation(
  report: ExplanationReport,
  { color, width }: { color: boolean; width: number },
): string {
  const c = pc.createColors(color)
  const errors = report.errors.map((e) => `${c.red('error')} ${e.package}: ${e.message}\n`)
  return [...errors, ...report.maps.map((map) => `${lines(map, width, c).join('\n')}\n`)].join('\n')
}

function lines(map: ExplainedMap, width: number, c: Colors): string[] {
  const items = (all: readonly string[]): string[] => all.flatMap((text) => wrap(`- ${text}`, width, 4, 6))
  const escapes = map.escapes.map(({ at, why }) => `${at}: ${why}`)
  return [
    `${map.at}: ${c.bold(map.name)}`,
    ...wrap(
      `${map.kind} of type ${map.type}, ${map.shared ? 'shared between goroutines' : 'not seen to be shared'}`,
      width,
      2,
      2,
    ),
    ...guard(map, width),
    '',
    `  ${c.cyan(`accesses (${map.accesses.length})`)}`,
    ...table(map, width, c),
    ...(escapes.length > 0 ? ['', `  ${c.cyan('out of sight')}`, ...items(escapes)] : []),
    ...map.findings.flatMap((finding) => [
      '',
      ...wrap(`${c.yellow(finding.rule)} (${finding.confidence}): ${finding.message}`, width, 2, 4),
      ...(finding.suppressed ? items([suppressedBy(finding.suppressed)]) : []),
      ...items(finding.facts),
      ...items(finding.related.map(({ at, what }) => `${at}: ${what}`)),
      `  ${c.cyan('what would change this')}`,
      ...items(finding.changes),
    ]),
    ...(map.findings.length === 0
      ? [
          '',
          `  ${c.green('not reported')}`,
          ...items(map.facts),
          `  ${c.cyan('what would change this')}`,
          ...items(map.changes),
        ]
      : []),
  ]
}

function suppressedBy({ at, reason }: NonNullable<ExplainedMap['findings'][number]['suppressed']>): string {
  return `suppressed at ${at}${reason ? `: ${reason}` : ''}`
}

function guard({ guard: lock }: ExplainedMap, width: number): string[] {
  if (lock === null) return ['  no lock guards it']
  const missing = lock.missing.length > 0 ? `; missing at ${lock.missing.join(', ')}` : ''
  const kind = lock.kind === 'rwmutex' ? 'RWMutex' : 'mutex'
  return wrap(
    `${kind} ${lock.name}, held at ${lock.held} of the ${lock.total} accesses that others can meet${missing}`,
    width,
    2,
    4,
  )
}

/** Operation, position, function and locks in columns, as far as they fit; below each who gets there, or why nobody else does. */
function table({ accesses }: ExplainedMap, width: number, c: Colors): string[] {
  const rows = accesses.map((a) => [a.depth > 0 ? `${a.op} inner` : a.op, a.at, a.function, a.held.join(', ') || '-'])
  const all = [['operation', 'at', 'function', 'locks held'], ...rows]
  const widths = [0, 1, 2, 3].map((i) => Math.max(...all.map((row) => row[i]?.length ?? 0)))
  const fits = widths.reduce((sum, w) => sum + w + 2, 4) <= width + 2
  const columns = (row: readonly string[]): string =>
    `    ${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd((widths[i] ?? 0) + 2))).join('')}`
  const indent = 6 + (widths[0] ?? 0)
  return [
    ...(fits ? [c.dim(columns(['operation', 'at', 'function', 'locks held']))] : []),
    ...accesses.flatMap((access, i) => {
      const row = rows[i] ?? []
      const head = fits
        ? [columns(row)]
        : [
            columns(row.slice(0, 2)),
            ...wrap(
              `in ${access.function}, ${access.held.length > 0 ? `holding ${row[3]}` : 'no lock held'}`,
              width,
              indent,
              indent,
            ),
          ]
      const who = access.alone === '' ? access.reached : [access.alone]
      return [...head, ...who.flatMap((text) => wrap(text, width, indent, indent + 2)).map((line) => c.dim(line))]
    }),
  ]
}
