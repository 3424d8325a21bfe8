/** What evidence says, as others want it: Markdown for a post-mortem, csv for a table. */

import { times } from '../quantity.js'
import type { EvidenceReport, Report } from './schema.js'
import { seenOf } from './seen.js'

/** A post-mortem's part about maps: each with what was seen, its stacks, and what the analysis says. */
export function postmortem({ evidence, findings }: Report & { readonly evidence: EvidenceReport }): string {
  const { races, crashes, goroutines, profiles, maps, unplaced, notes } = evidence
  const lines = [
    '# Maps in the evidence',
    '',
    `Race reports: ${races}. Crashes: ${crashes}. Goroutines in dumps: ${goroutines}. Profiles: ${profiles.length}.`,
    '',
  ]
  for (const map of maps) {
    lines.push(`## ${code(map.name)}`, '', `Declared at ${code(map.at)}.`, '')
    lines.push(...seenOf(map).map((text) => `- ${text}`))
    if (map.first !== '') lines.push(`- first seen ${map.first}, last seen ${map.last}`)
    if (map.contradicts) lines.push('- the analysis found nothing on this map: one of the two is wrong')
    if (map.suppressed) lines.push('- a comment or file suppresses the finding')
    for (const { rule, confidence, message, map: about, fix } of findings)
      if (about?.name === map.name)
        lines.push(
          `- ${rule} (${confidence}): ${escaped(message)}${fix ? `; fix ${fix.transform}: ${fix.status}` : ''}`,
        )
    for (const { kind, op, count, frames } of map.stacks)
      lines.push('', `${kind}, ${op}, ${times(count)}:`, '', ...frames.map((frame) => `    ${frame}`))
    lines.push('')
  }
  if (unplaced.length > 0) lines.push('## Not placed', '')
  for (const { kind, from, why, frames } of unplaced)
    lines.push(`- ${kind} at ${code(from)}: ${escaped(why)}${frames.map((frame) => `; ${code(frame)}`).join('')}`)
  if (notes.length > 0) lines.push('', '## Notes', '', ...notes.map((note) => `- ${escaped(note)}`))
  return `${lines.join('\n').trimEnd()}\n`
}

/** A line for each stack of each map: map, what was seen, how often, when, and the frames. */
export function stacksTable({ maps }: EvidenceReport): string {
  const rows = maps.flatMap(({ name, at, stacks }) =>
    stacks.map(({ kind, op, count, first, last, frames }) => [
      name,
      at,
      kind,
      op,
      String(count),
      first,
      last,
      frames.join(' < '),
    ]),
  )
  const header = ['map', 'declared', 'kind', 'operation', 'count', 'first', 'last', 'frames']
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

/** RFC 4180; what a spreadsheet would take for a formula is text. */
function cell(text: string): string {
  const safe = /^[=+\-@\t]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function code(text: string): string {
  const ticks = text.includes('`') ? '``' : '`'
  return `${ticks}${text}${ticks}`
}

function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>]/g, '\\$&')
}
