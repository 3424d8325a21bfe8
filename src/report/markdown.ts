/** The report as Markdown, for the body of a pull request. */

import { counted } from '../quantity.js'
import type { EvidenceReport, FindingReport, FixReport, Report } from './schema.js'
import { seenOf } from './seen.js'

/** What was found and done, a row a fix; what was proved; what is left. It fits where diffs are shown by others. */
export function markdown(report: Report): string {
  const { summary: s, findings, errors } = report
  const groups = new Map<string, FindingReport[]>()
  for (const finding of findings) {
    const key = finding.fix?.group || finding.id
    groups.set(key, [...(groups.get(key) ?? []), finding])
  }
  const all = [...groups.values()]
  const done = all.filter(([first]) => first?.fix?.status === 'applied' || first?.fix?.status === 'proposed')
  const left = all.filter((group) => !done.includes(group))
  const looked = `${counted(s.packages, 'package')}, ${counted(s.maps, 'map')}, ${s.shared} shared between goroutines`
  return `${[
    '## Maps shared between goroutines',
    `mapfix looked at ${looked}, and found ${s.findings === 0 ? 'nothing' : counted(s.findings, 'fault')}.`,
    ...(done.length > 0 ? ['### Fixed', table(done), ...done.flatMap(notes), PROOF] : []),
    ...(left.length > 0 ? ['### Left as it is', list(left)] : []),
    ...(report.evidence && report.evidence.maps.length > 0 ? ['### Seen while it ran', seen(report.evidence)] : []),
    ...(errors.length > 0
      ? [
          '### Not read whole',
          errors.map(({ package: name, message }) => `- ${code(name)}: ${escaped(message)}\n`).join(''),
        ]
      : []),
  ]
    .map((part) => part.trimEnd())
    .join('\n\n')}\n`
}

const PROOF =
  '“race ok”: a test raced on this map without the change, and does not with it. “not exercised”: the tests passed, and none of them uses the map so that it could race.'

function table(groups: readonly (readonly FindingReport[])[]): string {
  const rows = groups.flatMap(([first]) => (first?.fix ? [row(first, first.fix)] : []))
  return `| map | fault | fix | race | witness |\n| --- | --- | --- | --- | --- |\n${rows.join('')}`
}

function row(finding: FindingReport, { transform, validation }: FixReport): string {
  const cells = [
    `${code(nameOf(finding))}<br>${escaped(finding.at)}`,
    escaped(`${finding.rule}${finding.confidence ? ` (${finding.confidence})` : ''}`),
    escaped(transform),
    escaped(validation.race),
    escaped(validation.witness),
  ]
  return `| ${cells.join(' | ')} |\n`
}

function notes([first]: readonly FindingReport[]): string[] {
  const { fix } = first ?? {}
  if (first === undefined || fix === undefined) return []
  const compound = fix.compound.map(
    ({ at, operations, now }) => `${at}: ${counted(operations, 'operation')}, now ${now}`,
  )
  const lines = [...fix.notes, ...compound]
  if (lines.length === 0) return []
  return [`${code(nameOf(first))}\n\n${lines.map((line) => `- ${escaped(line)}\n`).join('')}`]
}

function list(groups: readonly (readonly FindingReport[])[]): string {
  return groups
    .flat()
    .map((finding) => {
      const { fix } = finding
      const why = fix ? `: ${fix.status}${fix.reason ? `, ${fix.reason.split('\n')[0]}` : ''}` : ''
      return `- ${code(nameOf(finding))} at ${escaped(finding.at)}, ${escaped(finding.rule)}: ${escaped(finding.message)}${escaped(why)}\n`
    })
    .join('')
}

/** The maps that the evidence names: `--format=markdown` has their stacks. */
function seen({ maps }: EvidenceReport): string {
  return maps
    .map((map) => {
      const but = map.contradicts ? '; the analysis found nothing: one of the two is wrong' : ''
      return `- ${code(map.name)} at ${escaped(map.at)}: ${escaped(seenOf(map).join(', ') + but)}\n`
    })
    .join('')
}

function nameOf({ map, subject }: FindingReport): string {
  return map?.name ?? subject?.name ?? ''
}

/** Signs that mean something to Markdown, its tables or HTML; a line break would end a row. */
function escaped(text: string): string {
  return text
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;' })[sign] ?? '&gt;')
    .replace(/[\\`*_[\]|@#~]/g, '\\$&')
}

/** Names hold no backquotes. */
function code(text: string): string {
  return `\`${text.replace(/[`\n]/g, ' ').replaceAll('|', '\\|')}\``
}
